package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
)

// row is one composite literal of a table in a Go source: its elements as values where they are strings or booleans,
// else as source text.
type row struct {
	Var    string `json:"var"`
	Line   int    `json:"line"`
	Values []any  `json:"values"` // string, bool or {"src": text}
}

// extract prints every row that begins with a string of every table in a Go file, for the recording of cases.
func extract(path string) error {
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, 0)
	if err != nil {
		return err
	}
	known := map[string]string{"bigInt": "0x7fffffffffffffff", "bigUint": "0x8000000000000000"}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if ok && len(spec.Values) == len(spec.Names) {
			for i, name := range spec.Names {
				if s, ok := constant(spec.Values[i], known); ok {
					known[name.Name] = s
				}
			}
		}
		return true
	})
	encoder := json.NewEncoder(os.Stdout)
	for name, value := range known {
		encoder.Encode(row{Var: "const:" + name, Values: []any{value}})
	}
	for _, decl := range file.Decls {
		name := "?"
		if f, ok := decl.(*ast.FuncDecl); ok {
			name = f.Name.Name
		}
		if g, ok := decl.(*ast.GenDecl); ok && len(g.Specs) > 0 {
			if v, ok := g.Specs[0].(*ast.ValueSpec); ok {
				name = v.Names[0].Name
			}
		}
		ast.Inspect(decl, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok || lit.Type != nil || len(lit.Elts) < 2 {
				return true
			}
			if _, ok := constant(lit.Elts[0], known); !ok {
				return true
			}
			r := row{Var: name, Line: set.Position(lit.Pos()).Line}
			for _, e := range lit.Elts {
				if s, ok := constant(e, known); ok {
					r.Values = append(r.Values, s)
				} else if id, ok := e.(*ast.Ident); ok && (id.Name == "true" || id.Name == "false") {
					r.Values = append(r.Values, id.Name == "true")
				} else {
					from, to := set.Position(e.Pos()).Offset, set.Position(e.End()).Offset
					r.Values = append(r.Values, map[string]string{"src": string(source[from:to])})
				}
			}
			if err := encoder.Encode(r); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
			return true
		})
	}
	return nil
}

func constant(e ast.Expr, known map[string]string) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			s, err := strconv.Unquote(e.Value)
			return s, err == nil
		}
	case *ast.BinaryExpr:
		a, ok := constant(e.X, known)
		b, ok2 := constant(e.Y, known)
		return a + b, ok && ok2 && e.Op == token.ADD
	case *ast.Ident:
		s, ok := known[e.Name]
		return s, ok
	case *ast.ParenExpr:
		return constant(e.X, known)
	}
	return "", false
}
