package main

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// decode turns coded data into a Go value: plain JSON is itself (numbers are float64), an object with the key "k"
// names a kind or a type, any other object is a map[string]any.
func decode(coded any) any {
	v := decodeValue(coded)
	if !v.IsValid() {
		return nil
	}
	return v.Interface()
}

func decodeValue(coded any) reflect.Value {
	switch c := coded.(type) {
	case nil:
		return reflect.Value{}
	case []any:
		out := make([]any, len(c))
		for i, item := range c {
			out[i] = decode(item)
		}
		return reflect.ValueOf(out)
	case map[string]any:
		kind, ok := c["k"].(string)
		if !ok {
			out := make(map[string]any, len(c))
			for _, key := range sortedKeys(c) {
				out[key] = decode(c[key])
			}
			return reflect.ValueOf(out)
		}
		return decodeKind(kind, c)
	default:
		return reflect.ValueOf(c)
	}
}

func decodeKind(kind string, c map[string]any) reflect.Value {
	switch kind {
	case "world":
		return reflect.ValueOf(theWorld())
	case "nil": // a nil map, slice or pointer
		return reflect.Zero(typeByName(c["t"].(string)))
	case "ptr": // a pointer to a value
		v := decodeValue(c["v"])
		p := reflect.New(v.Type())
		p.Elem().Set(v)
		return p
	case "bytes":
		b, _ := base64.StdEncoding.DecodeString(c["v"].(string))
		return reflect.ValueOf(b)
	case "str": // a string of any bytes
		b, _ := base64.StdEncoding.DecodeString(c["v"].(string))
		return reflect.ValueOf(string(b))
	case "error":
		return reflect.ValueOf(Broken{c["v"].(string)})
	case "label":
		return reflect.ValueOf(Label{c["v"].(string)})
	case "span":
		n, _ := strconv.ParseInt(c["v"].(string), 10, 64)
		return reflect.ValueOf(Span(n))
	case "pair":
		return reflect.ValueOf(Pair{decode(c["a"]), decode(c["b"])})
	case "pairptr":
		return reflect.ValueOf(&Pair{decode(c["a"]), decode(c["b"])})
	case "seq":
		n, _ := strconv.Atoi(c["v"].(string))
		return reflect.ValueOf(seq(n))
	case "seq2":
		n, _ := strconv.Atoi(c["v"].(string))
		return reflect.ValueOf(seq2(n))
	case "named": // a named map type with methods
		m := Values{}
		for key, item := range c["v"].(map[string]any) {
			m[key] = decode(item)
		}
		return reflect.ValueOf(m)
	case "typed": // a map, slice or array of the type t
		return fill(typeByName(c["t"].(string)), c["v"])
	case "complex128":
		return reflect.ValueOf(complex(number(c["re"]), number(c["im"])))
	}
	if kind == "float" { // NaN and infinities
		f, _ := strconv.ParseFloat(c["v"].(string), 64)
		return reflect.ValueOf(f)
	}
	return scalar(typeByName(kind), fmt.Sprint(c["v"]))
}

func number(coded any) float64 {
	f, _ := strconv.ParseFloat(fmt.Sprint(coded), 64)
	return f
}

func fill(t reflect.Type, coded any) reflect.Value {
	switch t.Kind() {
	case reflect.Interface:
		v := reflect.New(t).Elem()
		if item := decodeValue(coded); item.IsValid() {
			v.Set(item)
		}
		return v
	case reflect.Slice:
		list := coded.([]any)
		v := reflect.MakeSlice(t, len(list), len(list))
		for i, item := range list {
			v.Index(i).Set(fill(t.Elem(), item))
		}
		return v
	case reflect.Array:
		v := reflect.New(t).Elem()
		for i, item := range coded.([]any) {
			v.Index(i).Set(fill(t.Elem(), item))
		}
		return v
	case reflect.Map:
		v := reflect.MakeMap(t)
		for key, item := range coded.(map[string]any) {
			v.SetMapIndex(fill(t.Key(), key), fill(t.Elem(), item))
		}
		return v
	case reflect.Bool:
		if b, ok := coded.(bool); ok {
			return reflect.ValueOf(b)
		}
		return reflect.ValueOf(fmt.Sprint(coded) == "true")
	}
	if m, ok := coded.(map[string]any); ok {
		if kind, ok := m["k"].(string); ok {
			return decodeKind(kind, m)
		}
	}
	if f, ok := coded.(float64); ok {
		return scalar(t, strconv.FormatFloat(f, 'f', -1, 64))
	}
	return scalar(t, fmt.Sprint(coded))
}

func scalar(t reflect.Type, text string) reflect.Value {
	v := reflect.New(t).Elem()
	switch t.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			panic(err)
		}
		v.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			panic(err)
		}
		v.SetUint(n)
	case reflect.Float32, reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			panic(err)
		}
		v.SetFloat(f)
	default:
		panic("no scalar of type " + t.String())
	}
	return v
}

var basic = map[string]reflect.Type{
	"interface {}": reflect.TypeFor[any](), "string": reflect.TypeFor[string](), "bool": reflect.TypeFor[bool](),
	"int": reflect.TypeFor[int](), "int8": reflect.TypeFor[int8](), "int16": reflect.TypeFor[int16](),
	"int32": reflect.TypeFor[int32](), "int64": reflect.TypeFor[int64](), "uint": reflect.TypeFor[uint](),
	"uint8": reflect.TypeFor[uint8](), "uint16": reflect.TypeFor[uint16](), "uint32": reflect.TypeFor[uint32](),
	"uint64": reflect.TypeFor[uint64](), "uintptr": reflect.TypeFor[uintptr](), "float32": reflect.TypeFor[float32](),
	"float64": reflect.TypeFor[float64](), "error": reflect.TypeFor[error](),
	"main.World": reflect.TypeFor[World](), "main.Pair": reflect.TypeFor[Pair](), "main.Inner": reflect.TypeFor[Inner](),
	"main.Label": reflect.TypeFor[Label](), "main.Values": reflect.TypeFor[Values](), "main.Span": reflect.TypeFor[Span](),
}

func typeByName(name string) reflect.Type {
	if t, ok := basic[name]; ok {
		return t
	}
	switch {
	case strings.HasPrefix(name, "*"):
		return reflect.PointerTo(typeByName(name[1:]))
	case strings.HasPrefix(name, "[]"):
		return reflect.SliceOf(typeByName(name[2:]))
	case strings.HasPrefix(name, "["):
		end := strings.IndexByte(name, ']')
		n, err := strconv.Atoi(name[1:end])
		if err != nil {
			panic(err)
		}
		return reflect.ArrayOf(n, typeByName(name[end+1:]))
	case strings.HasPrefix(name, "map["):
		depth := 0
		for i := 3; i < len(name); i++ {
			if name[i] == '[' {
				depth++
			} else if name[i] == ']' {
				if depth--; depth == 0 {
					return reflect.MapOf(typeByName(name[4:i]), typeByName(name[i+1:]))
				}
			}
		}
	}
	panic("unknown type " + name)
}
