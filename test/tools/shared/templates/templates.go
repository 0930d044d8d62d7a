// Package templates is the oracle of template functions: single templates, run with a map of functions.
package templates

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"text/template"
	"time"
	"unicode/utf8"

	"slipway.test/shared/oracle"
)

type testCase struct {
	ID       any            `json:"id"`
	Template string         `json:"template"`
	Values   map[string]any `json:"values"`
	Zone     string         `json:"zone"`
}

type answer struct {
	ID any `json:"id"`
	oracle.Output
	Error *string `json:"error,omitempty"`
}

// Main runs the oracle. Questions are {"id", "template", "values"?, "zone"?}; answers are {"id", "out"} with what
// text/template printed (base64 in "out64" where that is not UTF-8), or {"id", "error"} with Go's error text ("64:" and
// base64 where that is not UTF-8). With the argument `names` it lists the functions instead.
func Main(funcs template.FuncMap) {
	if len(os.Args) > 1 && os.Args[1] == "names" {
		names := []string{}
		for name := range funcs {
			names = append(names, name)
		}
		json.NewEncoder(os.Stdout).Encode(names)
		return
	}
	oracle.Serve(func(one testCase) answer { return run(funcs, one) })
}

func run(funcs template.FuncMap, one testCase) (result answer) {
	result.ID = one.ID
	fail := func(text string) {
		if !utf8.ValidString(text) {
			text = "64:" + base64.StdEncoding.EncodeToString([]byte(text))
		}
		result.Error = &text
	}
	defer func() {
		if problem := recover(); problem != nil {
			fail(fmt.Sprintf("PANIC %v", problem))
		}
	}()
	time.Local = time.UTC
	if one.Zone != "" {
		zone, err := time.LoadLocation(one.Zone)
		if err != nil {
			fail(err.Error())
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
		fail(err.Error())
		return result
	}
	result.Output = oracle.OutputOf(buffer.String())
	return result
}
