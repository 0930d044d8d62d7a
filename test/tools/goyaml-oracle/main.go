// Answers questions about YAML and JSON with the Go libraries that Helm uses: one JSON object a line in, one a line out.
//
//	{"op":"parse","text":"<base64>"}           sigs.k8s.io/yaml Unmarshal into interface{}, then encoding/json
//	{"op":"strict","text":…}                   the same with UnmarshalStrict
//	{"op":"map","text":…} {"op":"list","text":…}  Unmarshal into map[string]interface{} or []interface{}
//	{"op":"docs","text":…}                     every document by yaml.v2's Decoder, as a JSON list
//	{"op":"emit2","value":V}                   sigs.k8s.io/yaml Marshal
//	{"op":"emit3","value":V,"indent":2}        go.yaml.in/yaml/v3 Encoder
//	{"op":"json","value":V,"html":true,"indent":"  "}  encoding/json
//	{"op":"unjson","text":…}                   encoding/json Unmarshal into interface{}, then encoding/json
//
// V: null, true, {"f":"1.5"} float64, {"i":"int64","v":"1"} an integer, {"s":"<base64>"} a string, {"b":"<base64>"} bytes,
// [V…], {"m":[["<base64 key>",V]…]}. The answer is {"out":"<base64>"} or {"error":"<base64>"}.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	yamlv2 "go.yaml.in/yaml/v2"
	yamlv3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"
	"slipway.test/shared/oracle"
)

type question struct {
	Op     string          `json:"op"`
	Text   []byte          `json:"text"`
	Value  json.RawMessage `json:"value"`
	Indent json.RawMessage `json:"indent"`
	HTML   bool            `json:"html"`
	Repeat int             `json:"repeat"`
}

type answer struct {
	Out   *string `json:"out,omitempty"`
	Error *string `json:"error,omitempty"`
	Nanos int64   `json:"nanos,omitempty"`
}

func main() { oracle.Serve(timed) }

// timed answers a question, as often as it says, and tells the least time that took.
func timed(q question) answer {
	var text []byte
	var err error
	var least time.Duration
	for i := 0; i < max(1, q.Repeat); i++ {
		start := time.Now()
		text, err = reply(q)
		// The first of several is for warming up.
		if took := time.Since(start); i <= 1 || took < least {
			least = took
		}
	}
	a := answer{Nanos: least.Nanoseconds()}
	if err != nil {
		coded := base64.StdEncoding.EncodeToString([]byte(err.Error()))
		a.Error = &coded
	} else {
		coded := base64.StdEncoding.EncodeToString(text)
		a.Out = &coded
	}
	return a
}

func reply(q question) (text []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	switch q.Op {
	case "parse", "strict":
		var value interface{}
		if q.Op == "strict" {
			err = yaml.UnmarshalStrict(q.Text, &value)
		} else {
			err = yaml.Unmarshal(q.Text, &value)
		}
		if err != nil {
			return nil, err
		}
		return json.Marshal(value)
	case "map":
		value := map[string]interface{}{}
		if err := yaml.Unmarshal(q.Text, &value); err != nil {
			return nil, err
		}
		return json.Marshal(value)
	case "list":
		value := []interface{}{}
		if err := yaml.Unmarshal(q.Text, &value); err != nil {
			return nil, err
		}
		return json.Marshal(value)
	case "docs":
		list := []interface{}{}
		decoder := yamlv2.NewDecoder(bytes.NewReader(q.Text))
		for {
			var value interface{}
			err := decoder.Decode(&value)
			if err == io.EOF {
				return json.Marshal(list)
			}
			if err != nil {
				return nil, fmt.Errorf("error converting YAML to JSON: %w", err)
			}
			// sigs' conversion is reached by writing the document again.
			again, err := yamlv2.Marshal(value)
			if err != nil {
				return nil, err
			}
			item, err := yaml.YAMLToJSON(again)
			if err != nil {
				return nil, fmt.Errorf("error converting YAML to JSON: %w", err)
			}
			var data interface{}
			if err := json.Unmarshal(item, &data); err != nil {
				return nil, err
			}
			list = append(list, data)
		}
	case "unjson":
		var value interface{}
		if err := json.Unmarshal(q.Text, &value); err != nil {
			return nil, err
		}
		return json.Marshal(value)
	}
	value, err := decode(q.Value)
	if err != nil {
		return nil, err
	}
	switch q.Op {
	case "emit2":
		return yaml.Marshal(value)
	case "emit3":
		var indent int
		if err := json.Unmarshal(q.Indent, &indent); err != nil {
			return nil, err
		}
		var buffer bytes.Buffer
		encoder := yamlv3.NewEncoder(&buffer)
		encoder.SetIndent(indent)
		if err := encoder.Encode(value); err != nil {
			return nil, err
		}
		encoder.Close()
		return buffer.Bytes(), nil
	case "json":
		var buffer bytes.Buffer
		encoder := json.NewEncoder(&buffer)
		encoder.SetEscapeHTML(q.HTML)
		var indent string
		if len(q.Indent) > 0 {
			if err := json.Unmarshal(q.Indent, &indent); err != nil {
				return nil, err
			}
			encoder.SetIndent("", indent)
		}
		if err := encoder.Encode(value); err != nil {
			return nil, err
		}
		return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
	}
	return nil, fmt.Errorf("unknown op %q", q.Op)
}

func decode(raw json.RawMessage) (interface{}, error) {
	switch raw[0] {
	case 'n':
		return nil, nil
	case 't':
		return true, nil
	case 'f':
		return false, nil
	case '[':
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil {
			return nil, err
		}
		list := make([]interface{}, len(items))
		for i, item := range items {
			value, err := decode(item)
			if err != nil {
				return nil, err
			}
			list[i] = value
		}
		return list, nil
	}
	var typed struct {
		F *string               `json:"f"`
		I *string               `json:"i"`
		V string                `json:"v"`
		S *[]byte               `json:"s"`
		B *[]byte               `json:"b"`
		M *[][2]json.RawMessage `json:"m"`
	}
	if err := json.Unmarshal(raw, &typed); err != nil {
		return nil, err
	}
	switch {
	case typed.F != nil:
		return strconv.ParseFloat(*typed.F, 64)
	case typed.S != nil:
		return string(*typed.S), nil
	case typed.B != nil:
		return *typed.B, nil
	case typed.M != nil:
		m := map[string]interface{}{}
		for _, entry := range *typed.M {
			var key []byte
			if err := json.Unmarshal(entry[0], &key); err != nil {
				return nil, err
			}
			value, err := decode(entry[1])
			if err != nil {
				return nil, err
			}
			m[string(key)] = value
		}
		return m, nil
	case typed.I != nil:
		if *typed.I == "uint64" {
			return strconv.ParseUint(typed.V, 10, 64)
		}
		n, err := strconv.ParseInt(typed.V, 10, 64)
		if *typed.I == "int" {
			return int(n), err
		}
		return n, err
	}
	return nil, fmt.Errorf("unknown value %s", raw)
}
