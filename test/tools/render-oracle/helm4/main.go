// Command render-oracle renders charts with the real Helm 4 engine.
//
// It reads one JSON case a line ({"id", "files": {name: text}, "values": {…}, "show": template}) and answers one line
// each: {"id", "out"} with what the named template rendered (base64 in "out64" where that is not UTF-8), or
// {"id", "error"} with Helm's error text.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"sort"
	"time"
	"unicode/utf8"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
)

type testCase struct {
	ID     any               `json:"id"`
	Files  map[string]string `json:"files"`
	Values map[string]any    `json:"values"`
	Show   string            `json:"show"`
}

func render(one testCase) (out string, err error) {
	names := []string{}
	for name := range one.Files {
		names = append(names, name)
	}
	sort.Strings(names)
	files := []*archive.BufferedFile{}
	for _, name := range names {
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

func main() {
	log.SetOutput(io.Discard)
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	for {
		line, failure := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var one testCase
			if err := json.Unmarshal(line, &one); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			answer := map[string]any{"id": one.ID}
			type result struct {
				out string
				err error
			}
			done := make(chan result, 1)
			go func() {
				out, err := render(one)
				done <- result{out, err}
			}()
			select {
			case got := <-done:
				if got.err != nil {
					answer["error"] = got.err.Error()
				} else if utf8.ValidString(got.out) {
					answer["out"] = got.out
				} else {
					answer["out64"] = base64.StdEncoding.EncodeToString([]byte(got.out))
				}
			case <-time.After(10 * time.Second):
				answer["timeout"] = true
			}
			encoder.Encode(answer)
		}
		if failure != nil {
			return
		}
	}
}
