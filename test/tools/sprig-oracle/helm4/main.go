// Command sprig-oracle runs templates through the function map of the real Helm engine.
//
// It reads one JSON case a line ({"id", "template", "values"?, "zone"?}) and answers one line each:
// {"id", "out"} with what text/template printed (as base64 in "out64" where that is not UTF-8), or
// {"id", "error"} with Go's error text. The function map is the engine's own, reached by its linker name,
// so that nothing stands between a case and Helm's functions.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"text/template"
	"time"
	"unicode/utf8"
	_ "unsafe" // for go:linkname

	_ "helm.sh/helm/v4/pkg/engine"
)

//go:linkname funcMap helm.sh/helm/v4/pkg/engine.funcMap
func funcMap() template.FuncMap

type testCase struct {
	ID       any            `json:"id"`
	Template string         `json:"template"`
	Values   map[string]any `json:"values"`
	Zone     string         `json:"zone"`
}

type answer struct {
	ID    any     `json:"id"`
	Out   *string `json:"out,omitempty"`
	Out64 *string `json:"out64,omitempty"`
	Error *string `json:"error,omitempty"`
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "names" {
		names := []string{}
		for name := range funcMap() {
			names = append(names, name)
		}
		json.NewEncoder(os.Stdout).Encode(names)
		return
	}
	funcs := funcMap()
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var one testCase
			if failure := json.Unmarshal(line, &one); failure != nil {
				fmt.Fprintln(os.Stderr, failure)
				os.Exit(1)
			}
			encoder.Encode(run(funcs, one))
			if in.Buffered() == 0 {
				out.Flush()
			}
		}
		if err != nil {
			out.Flush()
			return
		}
	}
}

func run(funcs template.FuncMap, one testCase) (result answer) {
	result.ID = one.ID
	defer func() {
		if problem := recover(); problem != nil {
			text := fmt.Sprintf("PANIC %v", problem)
			result.Error = &text
		}
	}()
	time.Local = time.UTC
	if one.Zone != "" {
		zone, err := time.LoadLocation(one.Zone)
		if err != nil {
			text := err.Error()
			result.Error = &text
			return result
		}
		time.Local = zone
	}
	var buffer bytes.Buffer
	parsed, err := template.New("t").Funcs(funcs).Option("missingkey=zero").Parse(one.Template)
	if err == nil {
		err = parsed.Execute(&buffer, one.Values)
	}
	if err != nil {
		text := err.Error()
		if !utf8.ValidString(text) {
			text = "64:" + base64.StdEncoding.EncodeToString([]byte(text))
		}
		result.Error = &text
		return result
	}
	text := buffer.String()
	if utf8.ValidString(text) {
		result.Out = &text
	} else {
		text = base64.StdEncoding.EncodeToString([]byte(text))
		result.Out64 = &text
	}
	return result
}
