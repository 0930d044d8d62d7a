// Command schema-oracle holds values against JSON schemas as Helm 4 does.
//
// It reads one JSON case a line ({"id", "schema": text, "values": {…}}) and answers one line each: {"id", "error"} with
// Helm's text, empty where the values are valid.
package main

import (
	"encoding/json"
	"io"
	"log/slog"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"sigs.k8s.io/yaml"
	"slipway.test/shared/oracle"
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
	oracle.Serve(func(one testCase) map[string]any {
		text, done := oracle.Within(func() string { return validate(one) })
		if !done {
			return map[string]any{"id": one.ID, "timeout": true}
		}
		return map[string]any{"id": one.ID, "error": text}
	})
}
