package rego

import (
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"
)

// setNumber gives a node the number that is written so. A whole number is held as
// such; what is written otherwise (1.0, 1e3, -0, a large one) stays as it is written,
// because Rego shows it so, and is compared by its value.
func (n *Node) setNumber(text string) {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil && plain(text) {
		n.Num = i
		return
	}
	n.Str = text
}

// plain says that an integer is written without a sign or zeros that it does not need.
func plain(text string) bool {
	if text[0] == '-' {
		return text[1] != '0'
	}
	return text[0] != '+' && (text[0] != '0' || len(text) == 1)
}

// digits gives a number as it is written.
func (n *Node) digits() string {
	n.read()
	if n.Str != "" {
		return n.Str
	}
	return strconv.FormatInt(n.Num, 10)
}

// integer gives the whole number that a number is: 2 is, and so is 2.0.
func (n *Node) integer() (int64, bool) {
	n.read()
	if n.Str == "" {
		return n.Num, true
	}
	return ast.Number(n.Str).Int64()
}

// float gives a number's value, near enough for a hash: equal numbers have the same.
func (n *Node) float() float64 {
	n.read()
	if n.Str == "" {
		return float64(n.Num)
	}
	f, _ := strconv.ParseFloat(n.Str, 64) // too large is infinite
	if f == 0 {
		return 0 // and not -0
	}
	return f
}
