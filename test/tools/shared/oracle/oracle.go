// Package oracle is what all oracles have in common: questions as JSON lines in, answers as JSON lines out.
package oracle

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"time"
	"unicode/utf8"
)

// Serve answers each line of stdin with a line on stdout, until stdin ends. Answers are passed on as soon as no further
// question waits. A line that is no question ends the process with exit code 2.
func Serve[Question, Answer any](answer func(Question) Answer) {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, end := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var question Question
			if err := json.Unmarshal(line, &question); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(2)
			}
			if err := encoder.Encode(answer(question)); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(2)
			}
			if in.Buffered() == 0 {
				out.Flush()
			}
		}
		if end != nil {
			return
		}
	}
}

// Within does some work, and gives up waiting for it after ten seconds: false, and the work goes on by itself.
func Within[Result any](work func() Result) (result Result, done bool) {
	finished := make(chan Result, 1)
	go func() { finished <- work() }()
	select {
	case result = <-finished:
		return result, true
	case <-time.After(10 * time.Second):
		return result, false
	}
}

// Output is a text as an answer holds it: JSON knows UTF-8 only, so that other bytes are sent as base64.
type Output struct {
	Out   *string `json:"out,omitempty"`
	Out64 *string `json:"out64,omitempty"`
}

// OutputOf gives a text in the form that fits it.
func OutputOf(text string) Output {
	if utf8.ValidString(text) {
		return Output{Out: &text}
	}
	coded := base64.StdEncoding.EncodeToString([]byte(text))
	return Output{Out64: &coded}
}
