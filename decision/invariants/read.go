package invariants

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/legible"
)

// Folder is where a folder of policies keeps its invariants.
const Folder = folder.InvariantsFolder

// How much a file may hold.
const (
	mostBytes = 64 << 10
	mostDepth = 12
	mostNodes = 4000
	mostText  = 600
)

// Fault is one thing that is wrong with a file, with what to do.
type Fault struct {
	File string
	Line int // from 1; 0 when it is the whole
	Text string
}

// Error says the fault with its place.
func (f Fault) Error() string {
	if f.Line == 0 {
		return f.File + ": " + f.Text
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text)
}

// Faults are all that is wrong, in the order of files and lines.
type Faults []Fault

// Error gives the faults, one a line.
func (f Faults) Error() string {
	out := make([]string, len(f))
	for i, one := range f {
		out[i] = one.Error()
	}
	return strings.Join(out, "\n")
}

// Unwrap makes each of them an error of its own.
func (f Faults) Unwrap() []error {
	out := make([]error, len(f))
	for i, one := range f {
		out[i] = one
	}
	return out
}

// file is one file of invariants.
type file struct {
	name           string
	title, promise string
	settings       map[string]any
	settingsLine   int
	rules          []*invariant
	text           []byte
}

// invariant is one thing that must hold in all states.
type invariant struct {
	file          string
	line          int
	name, promise string
	whenever      condition // of the question and the facts
	outcome       verdict   // of the decision, or nil
	then          verdict   // what must hold, or, when never is set, what must not
	never         bool
	unread        []string // facts that must not matter at all
}

// condition is the set of states in which something holds.
type condition func(b *builder) set

// reader reads a file. It collects all faults.
type reader struct {
	file   string
	known  *vocabulary
	texts  *compared // what conditions compare, for the space
	faults Faults
}

func (r *reader) say(n *yaml.Node, format string, args ...any) {
	line := 0
	if n != nil {
		line = n.Line
	}
	r.faults = append(r.faults, Fault{r.file, line, fmt.Sprintf(format, args...)})
}

// readFolder reads all files of a folder of policies.
func readFolder(rev *decision.Revision, texts *compared) ([]*file, error) {
	known, other := vocabularyOf(rev), rev.Files().Other
	var out []*file
	var faults Faults
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(other)) {
		if path.Dir(name) != Folder {
			continue
		}
		f, wrong := readFile(name, []byte(other[name]), known, texts)
		faults = append(faults, wrong...)
		if f == nil {
			continue
		}
		for _, i := range f.rules {
			if other, twice := seen[i.name]; twice {
				faults = append(faults, Fault{name, i.line, fmt.Sprintf("%q is a name in %s already: give each invariant a name of its own", i.name, other)})
			}
			seen[i.name] = path.Base(name)
		}
		out = append(out, f)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return out, nil
}

// readFile reads one file.
func readFile(name string, text []byte, known *vocabulary, texts *compared) (*file, Faults) {
	r := &reader{file: name, known: known, texts: texts}
	root := r.document(text)
	if root == nil {
		return nil, r.faults
	}
	f := &file{name: name, text: text}
	var list *yaml.Node
	r.mapping(root, "the file", map[string]func(*yaml.Node){
		"title":   func(n *yaml.Node) { f.title = r.words(n, "title") },
		"promise": func(n *yaml.Node) { f.promise = r.words(n, "promise") },
		"settings": func(n *yaml.Node) {
			f.settingsLine = n.Line
			if n.Kind != yaml.MappingNode || n.Decode(&f.settings) != nil {
				r.say(n, "settings: say them as data/settings.json has them, such as {emergency: {enabled: true}}")
			}
		},
		"invariants": func(n *yaml.Node) { list = n },
	})
	if f.title == "" || f.promise == "" {
		r.say(root, "title and promise must be given at the top: what the file is about, and which promise to patients it holds")
	}
	if list == nil || list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
		r.say(root, "invariants: list at least one, each with a - before its name")
	} else {
		for _, n := range list.Content {
			if i := r.invariant(n); i != nil {
				i.file, i.promise = name, f.promise
				f.rules = append(f.rules, i)
			}
		}
	}
	slices.SortStableFunc(r.faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	return f, r.faults
}

// document reads the one document of a text and refuses what YAML can do beyond
// plain values.
func (r *reader) document(text []byte) *yaml.Node {
	switch {
	case len(text) > mostBytes:
		r.say(nil, "the file is too long: %d bytes, and %d are taken; make two of it", len(text), mostBytes)
		return nil
	case !utf8.Valid(text):
		r.say(nil, "the file holds bytes that are not text (UTF-8): save it as UTF-8")
		return nil
	}
	var doc yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&doc); errors.Is(err, io.EOF) {
		r.say(nil, "the file is empty: delete it, or write an invariant")
		return nil
	} else if err != nil {
		r.unreadable(err)
		return nil
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		r.say(nil, "one document is taken: take out the line --- and what follows it")
		return nil
	}
	nodes := 0
	if !r.plain(doc.Content[0], 0, &nodes) {
		return nil
	}
	return doc.Content[0]
}

var lineOfFault = regexp.MustCompile(`line (\d+): (.*)`)

func (r *reader) unreadable(err error) {
	text, line := strings.TrimPrefix(err.Error(), "yaml: "), 0
	if m := lineOfFault.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = m[2]
	}
	r.say(&yaml.Node{Line: line}, "this cannot be read (%s): check how far lines are indented, and the quotes, colons and brackets", text)
}

func (r *reader) plain(n *yaml.Node, depth int, nodes *int) bool {
	*nodes++
	switch {
	case *nodes > mostNodes:
		r.say(n, "the file holds too many values: make two of it")
	case depth > mostDepth:
		r.say(n, "values are nested too deeply")
	case n.Kind == yaml.AliasNode || n.Anchor != "" || n.Tag == "!!merge":
		r.say(n, "write the value out: & and * are not taken")
	case n.Style&yaml.TaggedStyle != 0:
		r.say(n, "leave out the tag %s: plain values are taken", n.Tag)
	case n.Kind == yaml.ScalarNode && len(n.Value) > mostText:
		r.say(n, "a text is too long: at most %d bytes", mostText)
	default:
		for _, below := range n.Content {
			if !r.plain(below, depth+1, nodes) {
				return false
			}
		}
		return true
	}
	return false
}

// mapping reads the names of a mapping, each once.
func (r *reader) mapping(n *yaml.Node, where string, names map[string]func(*yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.say(n, "%s: names with values are expected here (%s)", where, listed(names))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read := names[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || read == nil:
			r.say(key, "%s: there is no %q here; there are %s", where, key.Value, listed(names))
		case seen[key.Value]:
			r.say(key, "%s: %q is there twice: leave one of them out", where, key.Value)
		case value.Tag == "!!null":
			r.say(key, "%s: %s is left empty: give a value, or leave it out", where, key.Value)
		default:
			read(value)
		}
		seen[key.Value] = true
	}
}

func listed[V any](m map[string]V) string {
	return strings.Join(slices.Sorted(maps.Keys(m)), ", ")
}

// words reads a text that says something.
func (r *reader) words(n *yaml.Node, where string) string {
	if n.Kind != yaml.ScalarNode || !legible.Words(n.Value) {
		r.say(n, "%s: say it in words", where)
		return ""
	}
	return n.Value
}

// one reads one of some words.
func (r *reader) one(n *yaml.Node, where string, words ...string) string {
	if n.Kind == yaml.ScalarNode && slices.Contains(words, n.Value) {
		return n.Value
	}
	r.say(n, "%s: say %s", where, alternatives(words))
	return ""
}

func alternatives(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// list reads one text or a list of texts.
func (r *reader) list(n *yaml.Node, where string) []string {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	var out []string
	for _, item := range items {
		if item.Kind != yaml.ScalarNode || item.Value == "" {
			r.say(item, "%s: one value, or a list of them in square brackets, is expected here", where)
			continue
		}
		out = append(out, item.Value)
	}
	if len(out) == 0 && len(items) == 0 {
		r.say(n, "%s: the list is empty", where)
	}
	return out
}

// from reads one or more words of a list that is known.
func (r *reader) from(n *yaml.Node, where, whatFor string, known []string) []string {
	out := r.list(n, where)
	for _, w := range out {
		if !slices.Contains(known, w) {
			r.say(n, "%s: there is no %s %q; there are %s", where, whatFor, w, strings.Join(known, ", "))
		}
	}
	return out
}

func (r *reader) truth(n *yaml.Node, where string) bool {
	var b bool
	if n.Kind != yaml.ScalarNode || n.Decode(&b) != nil {
		r.say(n, "%s: say true or false", where)
	}
	return b
}

var lengths = map[string]int64{"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400}

// length reads "60 minutes", in seconds.
func (r *reader) length(n *yaml.Node, where string) int64 {
	count, unit, _ := strings.Cut(n.Value, " ")
	number, err := strconv.ParseInt(count, 10, 64)
	length, ok := lengths[strings.TrimSuffix(unit, "s")]
	if n.Kind != yaml.ScalarNode || err != nil || !ok || number < 0 || number > 100*366*86400/length {
		r.say(n, "%s: say a number of seconds, minutes, hours, days or weeks, such as 60 minutes", where)
		return 0
	}
	return number * length
}

// invariant reads one of them.
func (r *reader) invariant(n *yaml.Node) *invariant {
	i := &invariant{line: n.Line, whenever: func(*builder) set { return all }}
	thens := 0
	var unless []condition
	r.mapping(n, "an invariant", map[string]func(*yaml.Node){
		"name":     func(n *yaml.Node) { i.name = r.words(n, "name") },
		"whenever": func(n *yaml.Node) { i.whenever, i.outcome = r.whenever(n, "whenever") },
		"unless": func(n *yaml.Node) {
			items := []*yaml.Node{n}
			if n.Kind == yaml.SequenceNode {
				items = n.Content
			}
			for _, item := range items {
				c, outcome := r.whenever(item, "unless")
				if outcome != nil {
					r.say(item, "unless: by and by_only are said under whenever")
				}
				unless = append(unless, c)
			}
		},
		"then":       func(n *yaml.Node) { thens++; i.then = r.then(n, "then", false) },
		"then never": func(n *yaml.Node) { thens++; i.then, i.never = r.then(n, "then never", true), true },
		"never matters": func(n *yaml.Node) {
			thens++
			i.unread = r.from(n, "never matters", "fact", factNames)
		},
	})
	if i.name == "" {
		r.say(n, "an invariant needs a name that says what holds")
	}
	if thens != 1 {
		r.say(n, "say one of then, then never, and never matters: what must hold, what must not, or which facts change nothing")
	}
	if len(unless) > 0 {
		whenever := i.whenever
		i.whenever = func(b *builder) set {
			out := whenever(b)
			for _, u := range unless {
				out = b.sets.minus(out, u(b))
			}
			return out
		}
	}
	return i
}
