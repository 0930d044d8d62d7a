// Answers questions about versions and ranges with Masterminds/semver: one JSON object a line in, one a line out.
//
//	{"op":"version","text":"1.2"}    NewVersion     → {"major":"1",…,"next":[incMajor, incMinor, incPatch]} or {"error":…}
//	{"op":"strict","text":"1.2.3"}   StrictNewVersion → the same
//	{"op":"constraint","text":">=1", "versions":["1.2.3"]} → {"text":…,"results":[[check, [reasons]]…]} or {"error":…}
//	{"op":"compare","text":a,"other":b} → {"order":-1}
//	{"op":"set","text":a,"pre":"rc.1","meta":"b"} → {"next":[…]} or {"error":…}
package main

import (
	"fmt"

	"github.com/Masterminds/semver/v3"
	"slipway.test/shared/oracle"
)

type question struct {
	Op       string   `json:"op"`
	Text     string   `json:"text"`
	Other    string   `json:"other"`
	Pre      *string  `json:"pre"`
	Meta     *string  `json:"meta"`
	Versions []string `json:"versions"`
	All      bool     `json:"all"`
}

type result struct {
	Check   bool     `json:"check"`
	Reasons []string `json:"reasons"`
}

type answer struct {
	Error    string   `json:"error,omitempty"`
	Version  string   `json:"version,omitempty"`
	Parts    []string `json:"parts,omitempty"`
	Next     []string `json:"next,omitempty"`
	Text     string   `json:"text,omitempty"`
	Results  []result `json:"results,omitempty"`
	Order    int      `json:"order,omitempty"`
	Original string   `json:"original,omitempty"`
}

func main() { oracle.Serve(reply) }

func reply(q question) (a answer) {
	defer func() {
		if r := recover(); r != nil {
			a = answer{Error: fmt.Sprint(r)}
		}
	}()
	switch q.Op {
	case "version", "strict":
		parse := semver.NewVersion
		if q.Op == "strict" {
			parse = semver.StrictNewVersion
		}
		v, err := parse(q.Text)
		if err != nil {
			return answer{Error: err.Error()}
		}
		a := describe(v)
		for _, next := range []func() semver.Version{v.IncMajor, v.IncMinor, v.IncPatch} {
			a.Next = append(a.Next, increment(next))
		}
		return a
	case "constraint":
		c, err := semver.NewConstraint(q.Text)
		if err != nil {
			return answer{Error: err.Error()}
		}
		c.IncludePrerelease = q.All
		a := answer{Text: c.String()}
		for _, text := range q.Versions {
			v, err := semver.NewVersion(text)
			if err != nil {
				return answer{Error: err.Error()}
			}
			_, reasons := c.Validate(v)
			r := result{Check: c.Check(v), Reasons: []string{}}
			for _, reason := range reasons {
				r.Reasons = append(r.Reasons, reason.Error())
			}
			a.Results = append(a.Results, r)
		}
		return a
	case "compare":
		v, err := semver.NewVersion(q.Text)
		if err != nil {
			return answer{Error: err.Error()}
		}
		o, err := semver.NewVersion(q.Other)
		if err != nil {
			return answer{Error: err.Error()}
		}
		return answer{Order: v.Compare(o)}
	case "set":
		v, err := semver.NewVersion(q.Text)
		if err != nil {
			return answer{Error: err.Error()}
		}
		next := *v
		if q.Pre != nil {
			if next, err = next.SetPrerelease(*q.Pre); err != nil {
				return answer{Error: err.Error()}
			}
		}
		if q.Meta != nil {
			if next, err = next.SetMetadata(*q.Meta); err != nil {
				return answer{Error: err.Error()}
			}
		}
		return describe(&next)
	}
	return answer{Error: "unknown op " + q.Op}
}

func describe(v *semver.Version) answer {
	parts := []string{fmt.Sprint(v.Major()), fmt.Sprint(v.Minor()), fmt.Sprint(v.Patch()), v.Prerelease(), v.Metadata()}
	return answer{Version: v.String(), Original: v.Original(), Parts: parts}
}

func increment(next func() semver.Version) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprint("panic: ", r)
		}
	}()
	v := next()
	return v.Original()
}
