// Command render-oracle renders charts with the real Helm 3 engine. For the questions see shared/charts.
package main

import (
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"slipway.test/shared/charts"
)

func render(one charts.Case) (out string, err error) {
	files := []*loader.BufferedFile{}
	for _, name := range one.Names() {
		files = append(files, &loader.BufferedFile{Name: name, Data: []byte(one.Files[name])})
	}
	chart, err := loader.LoadFiles(files)
	if err != nil {
		return "", err
	}
	if err := chartutil.ProcessDependenciesWithMerge(chart, one.Values); err != nil {
		return "", err
	}
	options := chartutil.ReleaseOptions{Name: "release-name", Namespace: "default", Revision: 1, IsInstall: true}
	values, err := chartutil.ToRenderValues(chart, one.Values, options, nil)
	if err != nil {
		return "", err
	}
	rendered, err := engine.Engine{}.Render(chart, values)
	if err != nil {
		return "", err
	}
	return rendered[one.Show], nil
}

func main() { charts.Main(render) }
