// Command gotemplate-oracle answers what Go's text/template and fmt really do: it reads cases as JSON lines and writes
// one answer a line. See test/fuzz/oracle.ts for the shapes. `gotemplate-oracle extract FILE` prints the rows of the
// tables in a Go file instead.
package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"sort"
	"strings"
	"text/template"

	"slipway.test/shared/oracle"
)

type request struct {
	Mode       string      `json:"mode"` // exec, parse, fmt
	Name       string      `json:"name"`
	Templates  [][2]string `json:"templates"` // name, base64 of the text
	Exec       string      `json:"exec"`
	MissingKey string      `json:"missingKey"`
	Left       string      `json:"left"`
	Right      string      `json:"right"`
	Data       any         `json:"data"`
	Format     string      `json:"format"` // base64
	Args       []any       `json:"args"`
}

type answer struct {
	Out   string            `json:"out,omitempty"`   // base64
	Err   string            `json:"err,omitempty"`   // the error's text, base64
	Trees map[string]string `json:"trees,omitempty"` // name → printed tree, base64
	Panic string            `json:"panic,omitempty"`
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "extract" {
		if err := extract(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	oracle.Serve(handle)
}

func handle(req request) (reply answer) {
	defer func() {
		if r := recover(); r != nil {
			reply = answer{Panic: fmt.Sprint(r)}
		}
	}()
	if req.Mode == "fmt" {
		args := make([]any, len(req.Args))
		for i, arg := range req.Args {
			args[i] = decode(arg)
		}
		return answer{Out: encode(fmt.Sprintf(text(req.Format), args...))}
	}
	root := template.New(req.Name).Delims(req.Left, req.Right).Funcs(functions())
	root.Funcs(template.FuncMap{"include": func(name string, data any) (string, error) {
		var sb strings.Builder
		err := root.ExecuteTemplate(&sb, name, data)
		return sb.String(), err
	}})
	if req.MissingKey != "" {
		root.Option("missingkey=" + req.MissingKey)
	}
	for _, pair := range req.Templates {
		target := root
		if pair[0] != req.Name {
			target = root.New(pair[0])
		}
		if _, err := target.Parse(text(pair[1])); err != nil {
			return answer{Err: encode(err.Error())}
		}
	}
	if req.Mode == "parse" {
		trees := map[string]string{}
		for _, t := range root.Templates() {
			if t.Tree != nil {
				trees[t.Name()] = encode(t.Tree.Root.String())
			}
		}
		return answer{Trees: trees}
	}
	var sb strings.Builder
	err := root.ExecuteTemplate(&sb, req.Exec, decode(req.Data))
	if err != nil {
		return answer{Err: encode(err.Error())}
	}
	return answer{Out: encode(sb.String())}
}

func text(coded string) string {
	b, err := base64.StdEncoding.DecodeString(coded)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
