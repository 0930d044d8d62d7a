// Command schema-oracle holds values against JSON schemas as Helm 4 does.
//
// It reads one JSON case a line ({"id", "schema": text, "values": {…}}) and answers one line each: {"id", "error"} with
// Helm's text, empty where the values are valid.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"sigs.k8s.io/yaml"
)

type testCase struct {
	ID     any             `json:"id"`
	Schema string          `json:"schema"`
	Values json.RawMessage `json:"values"`
}

func validate(one testCase) string {
	// Values are read as Helm reads them: numbers keep their text.
	values := map[string]any{}
	useNumber := func(decoder *json.Decoder) *json.Decoder {
		decoder.UseNumber()
		return decoder
	}
	if err := yaml.Unmarshal(one.Values, &values, useNumber); err != nil {
		return err.Error()
	}
	if err := util.ValidateAgainstSingleSchema(common.Values(values), []byte(one.Schema)); err != nil {
		return err.Error()
	}
	return ""
}

func main() {
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
			done := make(chan string, 1)
			go func() { done <- validate(one) }()
			select {
			case text := <-done:
				encoder.Encode(map[string]any{"id": one.ID, "error": text})
			case <-time.After(10 * time.Second):
				encoder.Encode(map[string]any{"id": one.ID, "timeout": true})
			}
		}
		if failure != nil {
			return
		}
	}
}
