package check

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/strictjson"
)

// branch is a value of a JSON file with the place where it is written, so that
// what is wrong with a list can be told with its line.
type branch struct {
	value    any // json.Number, string, bool or nil; nil for objects and arrays
	kind     byte
	at       int // where it begins; of a member, where its name does
	names    []string
	children []*branch
}

// find follows names and numbers as far as they lead; the last that is there tells
// the line.
func (b *branch) find(path ...string) *branch {
	for _, name := range path {
		next := b.child(name)
		if next == nil {
			return b
		}
		b = next
	}
	return b
}

func (b *branch) child(name string) *branch {
	for i, n := range b.names {
		if n == name {
			return b.children[i]
		}
	}
	if i, err := strconv.Atoi(name); err == nil && b.kind == '[' && i >= 0 && i < len(b.children) {
		return b.children[i]
	}
	return nil
}

// readJSON reads a whole file, and finds what encoding/json passes over: names
// that stand twice, or that differ in case alone.
func readJSON(file, text string) (*branch, fault.List) {
	r := jsonReader{file: file, text: text, in: json.NewDecoder(strings.NewReader(text))}
	r.in.UseNumber()
	root, err := r.value(0)
	if err == nil {
		if _, after := r.in.Token(); !errors.Is(after, io.EOF) {
			r.say(r.next(), "take out what stands after the last }", "there is something after the end of the document")
			return root, r.faults
		}
	}
	switch {
	case err != nil:
		r.syntax(err)
		return nil, r.faults
	case root.kind != '{':
		r.say(0, `write {"source": "...", ...}`, "the file must hold one object")
		return nil, r.faults
	case len(r.faults) == 0:
		if err := strictjson.Check([]byte(text), strictjson.Options{}); err != nil && !errors.Is(err, strictjson.ErrMembers) {
			r.faults = append(r.faults, fault.In(file, "write it as one plain JSON object", "the file is %v", err))
		}
	}
	return root, r.faults
}

type jsonReader struct {
	file, text string
	in         *json.Decoder
	faults     fault.List
}

func (r *jsonReader) say(at int, do, what string, args ...any) {
	line, column := lineColumn(r.text, at)
	r.faults = append(r.faults, fault.Fault{File: r.file, Line: line, Column: column, What: fmt.Sprintf(what, args...), Do: do})
}

// next is where the next token begins.
func (r *jsonReader) next() int {
	at := int(r.in.InputOffset())
	for at < len(r.text) && strings.ContainsRune(" \t\r\n,:", rune(r.text[at])) {
		at++
	}
	return at
}

// mostDeep is more than any list needs; a million brackets would be more than there is room
// to remember.
const mostDeep = 64

var errDeep = errors.New("too deep")

func (r *jsonReader) value(depth int) (*branch, error) {
	b := &branch{at: r.next()}
	if depth > mostDeep {
		return nil, errDeep
	}
	t, err := r.in.Token()
	if err != nil {
		return nil, err
	}
	d, is := t.(json.Delim)
	if !is {
		b.value = t
		if text, is := t.(string); is {
			r.written(b.at, text)
		}
		return b, nil
	}
	b.kind = byte(d)
	folded := map[string]string{}
	for r.in.More() {
		at := r.next()
		if d == '{' {
			t, err := r.in.Token()
			if err != nil {
				return nil, err
			}
			name := t.(string) // a member's name is a string, or Token fails
			r.written(at, name)
			other, there := folded[strings.ToLower(name)]
			switch {
			case there && other == name:
				r.say(at, "keep one of the two: of two, one would silently not count", "%q stands twice in one object", name)
			case there:
				r.say(at, "keep the one that is meant: programs do not agree which of the two counts", "%q and %q differ in capitals alone", other, name)
			}
			folded[strings.ToLower(name)] = name
			b.names = append(b.names, name)
		}
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		v.at = at
		b.children = append(b.children, v)
	}
	_, err = r.in.Token()
	return b, err
}

// written finds a strange sign that is written \\u00ad, which what looks at the file's own
// signs does not see.
func (r *jsonReader) written(at int, text string) {
	for _, sign := range text {
		if name := strange(sign); name != "" || sign == '\n' || sign == '\t' {
			r.say(at, "write the text without it", "there is %s in this text (U+%04X)", cmp.Or(name, "the end of a line, or a tab,"), sign)
			return
		}
	}
}

// syntax tells what a text is that is no JSON, in words, where it is.
func (r *jsonReader) syntax(err error) {
	at := r.next()
	var wrong *json.SyntaxError
	if errors.As(json.Unmarshal([]byte(r.text), new(any)), &wrong) { // it knows the place better than Token does
		at = max(0, int(wrong.Offset)-1)
	}
	rest := strings.TrimSpace(r.text[min(at, len(r.text)):])
	before := strings.TrimRight(r.text[:min(at, len(r.text))], " \t\n")
	switch {
	case errors.Is(err, errDeep):
		r.say(r.next(), "take brackets out", "objects and lists stand more than %d deep within each other here", mostDeep)
	case strings.TrimSpace(r.text) == "":
		r.faults = append(r.faults, fault.In(r.file, "put back what it held", "the file is empty"))
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || rest == "":
		r.say(len(strings.TrimRight(r.text, " \t\n")), "look for a bracket or a quotation mark that is not closed", "the file ends in the middle")
	case strings.HasSuffix(before, ",") && (rest[0] == '}' || rest[0] == ']'):
		r.say(strings.LastIndexByte(before, ','), "take the comma out", "there is a comma before the closing bracket")
	case rest[0] == '\'':
		r.say(at, `write "..."`, "texts stand in double quotation marks")
	case strings.HasPrefix(rest, "//"), rest[0] == '#', strings.HasPrefix(rest, "/*"):
		r.say(at, "take it out, or write it into \"source\"", "a JSON file cannot hold comments")
	case rest[0] == '"' && strings.HasSuffix(before, "\""), rest[0] == '{' && strings.HasSuffix(before, "}"), rest[0] == '"' && before != "" && strings.ContainsAny(before[len(before)-1:], "}]0123456789el"):
		r.say(at, "put a comma between the two", "a comma is missing before this")
	default:
		r.say(at, "compare it with the lines above and below: a comma, a bracket or a quotation mark is missing or too many", "this is no JSON")
	}
}
