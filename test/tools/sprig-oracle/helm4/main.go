// Command sprig-oracle runs templates through the function map of the real Helm 4 engine: the engine's own, reached by
// its linker name, so that nothing stands between a case and Helm's functions. For the questions see shared/templates.
package main

import (
	"text/template"
	_ "unsafe" // for go:linkname

	_ "helm.sh/helm/v4/pkg/engine"
	"slipway.test/shared/templates"
)

//go:linkname funcMap helm.sh/helm/v4/pkg/engine.funcMap
func funcMap() template.FuncMap

func main() { templates.Main(funcMap()) }
