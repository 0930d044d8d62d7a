// Package charts is the oracle of rendering: charts in memory, one template of each shown.
package charts

import (
	"io"
	"log"
	"log/slog"
	"sort"

	"slipway.test/shared/oracle"
)

// Case is a question: the files of a chart, the user's values, and the template whose output is wanted.
type Case struct {
	ID     any               `json:"id"`
	Files  map[string]string `json:"files"`
	Values map[string]any    `json:"values"`
	Show   string            `json:"show"`
}

// Names gives the names of the chart's files, sorted.
func (one Case) Names() []string {
	names := []string{}
	for name := range one.Files {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

type answer struct {
	ID any `json:"id"`
	oracle.Output
	Error   *string `json:"error,omitempty"`
	Timeout bool    `json:"timeout,omitempty"`
}

// Main runs the oracle. Answers are {"id", "out"} with what the template rendered (base64 in "out64" where that is not
// UTF-8), {"id", "error"} with Helm's error text, or {"id", "timeout": true}.
func Main(render func(Case) (string, error)) {
	log.SetOutput(io.Discard)
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	oracle.Serve(func(one Case) answer {
		result, done := oracle.Within(func() answer {
			text, err := render(one)
			if err != nil {
				message := err.Error()
				return answer{Error: &message}
			}
			return answer{Output: oracle.OutputOf(text)}
		})
		result.ID = one.ID
		result.Timeout = !done
		return result
	})
}
