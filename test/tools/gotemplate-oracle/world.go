package main

import (
	"errors"
	"fmt"
	"iter"
	"reflect"
	"strings"
	"text/template"
)

// Label is a struct with a String method.
type Label struct{ Name string }

func (l Label) String() string { return "label:" + l.Name }

// Fail is an error.
type Fail struct{ Code int }

func (f Fail) Error() string { return fmt.Sprintf("fail %d", f.Code) }

// Broken is an error that holds its text.
type Broken struct{ text string }

func (b Broken) Error() string { return b.text }

// Span is a named integer with methods.
type Span int64

func (s Span) String() string   { return fmt.Sprintf("%ds", int64(s)) }
func (s Span) Twice() Span      { return s * 2 }
func (s Span) Plus(n int) int64 { return int64(s) + int64(n) }

// Pair is a struct without methods.
type Pair struct{ A, B any }

// Values is a named map with methods.
type Values map[string]any

func (v Values) AsMap() map[string]any { return v }
func (v Values) Table(name string) (Values, error) {
	if t, ok := v[name].(map[string]any); ok {
		return t, nil
	}
	return nil, fmt.Errorf("no table %q", name)
}

// Inner is a struct behind a pointer.
type Inner struct{ V string }

func (u *Inner) TrueFalse(b bool) string {
	if b {
		return "true"
	}
	return ""
}

// Shape is an interface with a method.
type Shape interface{ Method0() string }

// Names is a named slice with a method.
type Names []string

func (Names) Method0() string { return "M0" }

// World has a field of every kind that templates meet.
type World struct {
	True        bool
	I           int
	U16         uint16
	X, S        string
	FloatZero   float64
	ComplexZero complex128
	U           *Inner
	NilU        *Inner
	L           Label
	LP          *Label
	E           Fail
	SI          []int
	SIEmpty     []int
	SB          []bool
	AI          [3]int
	PAI         *[3]int
	MSI         map[string]int
	MSIone      map[string]int
	MSIEmpty    map[string]int
	MXI         map[any]int
	MII         map[int]int
	MI32S       map[int32]string
	MI64S       map[int64]string
	MUI32S      map[uint32]string
	MUI64S      map[uint64]string
	MI8S        map[int8]string
	MUI8S       map[uint8]string
	SMSI        []map[string]int
	Empty0      any
	Empty1      any
	Empty2      any
	Empty3      any
	Empty4      any

	NonEmptyInterface         Shape
	NonEmptyInterfacePtS      *Shape
	NonEmptyInterfaceNil      Shape
	NonEmptyInterfaceTypedNil Shape

	Str fmt.Stringer
	Err error
	PI  *int
	PS  *string
	PSI *[]int
	NIL *int

	BinaryFunc      func(string, string) string
	VariadicFunc    func(...string) string
	VariadicFuncInt func(int, ...string) string
	NilOKFunc       func(*int) bool
	ErrFunc         func() (string, error)
	PanicFunc       func() string
	TooFew          func()

	unexported int
}

func theWorld() *World {
	names := Shape(Names{"a", "b"})
	return &World{
		True: true, I: 17, U16: 16, X: "x", S: "xyz",
		U: &Inner{"v"}, L: Label{"one"}, LP: &Label{"two"}, E: Fail{3},
		SI: []int{3, 4, 5}, SB: []bool{true, false}, AI: [3]int{3, 4, 5}, PAI: &[3]int{3, 4, 5},
		MSI:    map[string]int{"one": 1, "two": 2, "three": 3},
		MSIone: map[string]int{"one": 1},
		MXI:    map[any]int{"one": 1}, MII: map[int]int{1: 1},
		MI32S: map[int32]string{1: "one", 2: "two"}, MI64S: map[int64]string{2: "i642", 3: "i643"},
		MUI32S: map[uint32]string{2: "u322", 3: "u323"}, MUI64S: map[uint64]string{2: "ui642", 3: "ui643"},
		MI8S: map[int8]string{2: "i82", 3: "i83"}, MUI8S: map[uint8]string{2: "u82", 3: "u83"},
		SMSI:   []map[string]int{{"one": 1, "two": 2}, {"eleven": 11, "twelve": 12}},
		Empty1: 3, Empty2: "empty2", Empty3: []int{7, 8}, Empty4: &Inner{"UinEmpty"},
		NonEmptyInterface: &World{X: "x"}, NonEmptyInterfacePtS: &names, NonEmptyInterfaceTypedNil: (*World)(nil),
		Str: Label{"foozle"}, Err: Broken{"erroozle"},
		PI: new(23), PS: new("a string"), PSI: &[]int{21, 22, 23},
		BinaryFunc:      func(a, b string) string { return fmt.Sprintf("[%s=%s]", a, b) },
		VariadicFunc:    func(s ...string) string { return "<" + strings.Join(s, "+") + ">" },
		VariadicFuncInt: func(a int, s ...string) string { return fmt.Sprint(a, "=<", strings.Join(s, "+"), ">") },
		NilOKFunc:       func(p *int) bool { return p == nil },
		ErrFunc:         func() (string, error) { return "bla", nil },
		PanicFunc:       func() string { panic("test panic") },
		TooFew:          func() {},
	}
}

func (w *World) Method0() string                   { return "M0" }
func (w *World) Method1(a int) int                 { return a }
func (w *World) Method2(a uint16, b string) string { return fmt.Sprintf("Method2: %d %s", a, b) }
func (w *World) Method3(v any) string              { return fmt.Sprintf("Method3: %v", v) }
func (w *World) Copy() *World                      { c := *w; return &c }
func (w *World) GetU() *Inner                      { return w.U }
func (w *World) MAdd(a int, b []int) []int {
	out := make([]int, len(b))
	for i, x := range b {
		out[i] = x + a
	}
	return out
}
func (w *World) MyError(fail bool) (bool, error) {
	if fail {
		return true, errors.New("my error")
	}
	return false, nil
}

func seq(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func seq2(n int) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		for i := range n {
			if !yield(i, i+1) {
				return
			}
		}
	}
}

// functions are the twins of test/fuzz/functions.ts.
func functions() template.FuncMap {
	return template.FuncMap{
		"add": func(args ...int) int {
			sum := 0
			for _, n := range args {
				sum += n
			}
			return sum
		},
		"typeOf":   func(v any) string { return fmt.Sprintf("%T", v) },
		"echo":     func(v any) any { return v },
		"str":      func(s string) string { return s },
		"upper":    func(s string) string { return strings.ToUpper(s) },
		"joinStr":  func(sep string, s ...string) string { return strings.Join(s, sep) },
		"int":      func(n int) int { return n + 1 },
		"i64":      func(n int64) int64 { return n + 1 },
		"u8":       func(n uint8) uint8 { return n + 1 },
		"u64":      func(n uint64) uint64 { return n + 1 },
		"i8":       func(n int8) int8 { return n + 1 },
		"f64":      func(f float64) float64 { return f / 2 },
		"boolean":  func(b bool) bool { return !b },
		"mapLen":   func(m map[string]any) int { return len(m) },
		"listLen":  func(l []any) int { return len(l) },
		"strs":     func(l []string) string { return strings.Join(l, "|") },
		"list":     func(args ...any) []any { return args },
		"nilAny":   func() any { return nil },
		"nilMap":   func() map[string]any { return nil },
		"nilList":  func() []any { return nil },
		"nilStrs":  func() []string { return nil },
		"mapOf":    func(args ...any) (map[string]any, error) { return mapOf(args) },
		"mapOfInt": func() map[string]int { return map[string]int{"three": 3} },
		"oops":     func() (string, error) { return "", errors.New("oops") },
		"oopsIf": func(b bool) (string, error) {
			if b {
				return "", errors.New("oops: " + fmt.Sprint(b))
			}
			return "fine", nil
		},
		"panics":   func() string { panic("panicked") },
		"value":    func(v reflect.Value) string { return fmt.Sprint(v.IsValid()) },
		"label":    func(name string) Label { return Label{name} },
		"isLabel":  func(l Label) string { return l.Name },
		"pair":     func(a, b any) *Pair { return &Pair{a, b} },
		"span":     func(n int) Span { return Span(n) },
		"seq":      seq,
		"seq2":     seq2,
		"vfunc":    func(Label, *Label) string { return "vfunc" },
		"strPtr":   func(v string) string { return "value is " + v },
		"stringer": func(s fmt.Stringer) string { return s.String() },
		"die":      func() bool { panic("die") },
		"makemap": func(args ...string) map[string]string {
			m := map[string]string{}
			for i := 0; i+1 < len(args); i += 2 {
				m[args[i]] = args[i+1]
			}
			return m
		},
		"mapOfThree":  func() any { return map[string]int{"three": 3} },
		"returnInt":   func() int { return 7 },
		"valueString": func(v string) string { return "value is " + v },
		"doPanic":     func() string { panic("custom panic string") },
		"zeroArgs":    func() string { return "zeroArgs" },
		"oneArg":      func(a string) string { return "oneArg=" + a },
		"twoArgs":     func(a, b string) string { return "twoArgs=" + a + b },
		"dddArg":      func(a int, b ...string) string { return fmt.Sprintln(a, b) },
		"count": func(n int) []string {
			out := make([]string, n)
			for i := range out {
				out[i] = string(rune('a' + i))
			}
			return out
		},
	}
}

func mapOf(args []any) (map[string]any, error) {
	if len(args)%2 != 0 {
		return nil, errors.New("odd number of arguments")
	}
	out := map[string]any{}
	for i := 0; i < len(args); i += 2 {
		out[fmt.Sprint(args[i])] = args[i+1]
	}
	return out, nil
}
