// Prints, as JSON, what Kubernetes' Go types know and OpenAPI does not: the order of fields, their Go types, whether
// they are left out when empty, and the patch strategies of strategic merge. scripts/pack-schema.ts reads it.
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"sort"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

type field struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	OmitEmpty bool   `json:"omitEmpty,omitempty"`
	OmitZero  bool   `json:"omitZero,omitempty"`
	Strategy  string `json:"strategy,omitempty"`
	MergeKey  string `json:"mergeKey,omitempty"`
	Proto     string `json:"proto,omitempty"`
}

type object struct {
	GoType string  `json:"goType"`
	Fields []field `json:"fields"`
	Custom bool    `json:"custom,omitempty"`
}

var seen = map[string]*object{}
var marshaler = reflect.TypeOf((*json.Unmarshaler)(nil)).Elem()

func id(t reflect.Type) string { return t.PkgPath() + "." + t.Name() }

func expr(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + expr(t.Elem())
	case reflect.Slice:
		if t.PkgPath() != "" {
			return "named:" + id(t) + "=[]" + expr(t.Elem())
		}
		return "[]" + expr(t.Elem())
	case reflect.Map:
		if t.PkgPath() != "" {
			return "named:" + id(t) + "=map[" + expr(t.Key()) + "]" + expr(t.Elem())
		}
		return "map[" + expr(t.Key()) + "]" + expr(t.Elem())
	case reflect.Struct:
		visit(t)
		return id(t)
	default:
		if t.PkgPath() != "" {
			return "named:" + id(t) + "=" + t.Kind().String()
		}
		return t.Kind().String()
	}
}

func visit(t reflect.Type) {
	key := id(t)
	if _, ok := seen[key]; ok {
		return
	}
	o := &object{GoType: t.String()}
	seen[key] = o
	if reflect.PointerTo(t).Implements(marshaler) {
		o.Custom = true
		return
	}
	fields(t, o)
}

func fields(t reflect.Type, o *object) {
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		tag, ok := f.Tag.Lookup("json")
		if !ok || tag == "-" || (f.PkgPath != "" && !f.Anonymous) {
			continue
		}
		parts := strings.Split(tag, ",")
		if parts[0] == "" && (f.Anonymous || strings.Contains(tag, "inline")) {
			ft := f.Type
			if ft.Kind() == reflect.Pointer {
				ft = ft.Elem()
			}
			fields(ft, o)
			continue
		}
		out := field{Name: parts[0], Type: expr(f.Type), Strategy: f.Tag.Get("patchStrategy"), MergeKey: f.Tag.Get("patchMergeKey")}
		if proto := strings.Split(f.Tag.Get("protobuf"), ","); len(proto) > 1 {
			out.Proto = proto[1]
		}
		for _, p := range parts[1:] {
			out.OmitEmpty = out.OmitEmpty || p == "omitempty"
			out.OmitZero = out.OmitZero || p == "omitzero"
		}
		o.Fields = append(o.Fields, out)
	}
}

func main() {
	s := scheme.Scheme
	if err := apiextensions.AddToScheme(s); err != nil {
		panic(err)
	}
	if err := apiregistration.AddToScheme(s); err != nil {
		panic(err)
	}
	kinds := map[string]string{}
	for gvk, t := range s.AllKnownTypes() {
		if gvk.Version == "__internal" {
			continue
		}
		kinds[gvk.Group+"/"+gvk.Version+"/"+gvk.Kind] = id(t)
		visit(t)
	}
	visit(reflect.TypeOf(metav1.Table{}))
	visit(reflect.TypeOf(metav1.PartialObjectMetadata{}))
	names := make([]string, 0, len(seen))
	for n := range seen {
		names = append(names, n)
	}
	sort.Strings(names)
	out := struct {
		Kinds map[string]string  `json:"kinds"`
		Types map[string]*object `json:"types"`
	}{kinds, seen}
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", " ")
	if err := enc.Encode(out); err != nil {
		panic(err)
	}
}
