// Command render-oracle renders charts with the real Helm 4 engine. For the questions see shared/charts.
package main

import (
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
	"slipway.test/shared/charts"
)

func render(one charts.Case) (out string, err error) {
	files := []*archive.BufferedFile{}
	for _, name := range one.Names() {
		files = append(files, &archive.BufferedFile{Name: name, Data: []byte(one.Files[name])})
	}
	chart, err := loader.LoadFiles(files)
	if err != nil {
		return "", err
	}
	if err := chartutil.ProcessDependencies(chart, one.Values); err != nil {
		return "", err
	}
	options := common.ReleaseOptions{Name: "release-name", Namespace: "default", Revision: 1, IsInstall: true}
	values, err := util.ToRenderValues(chart, one.Values, options, nil)
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
