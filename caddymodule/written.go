package caddymodule

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
)

// Written is a Caddyfile as somebody wrote it: what it says line by line, imports and
// snippets put in, and what is wrong with the directives of ours in it.
type Written struct {
	global []line // the block without an address; nil when there is none
	sites  []site
	faults []error // *misplaced, in the order of the file
	config map[string]any
}

// site is a block with its addresses.
type site struct {
	addresses []caddyfile.Token
	lines     []line
}

// line is a directive or an option with its values, and the lines of its block.
type line struct {
	words  []caddyfile.Token
	lines  []line
	tokens []caddyfile.Token // all of it
}

func (l line) name() string  { return l.words[0].Text }
func (l line) place() string { return whereIs(l.words[0]) }

// Read reads a Caddyfile. The error is Caddy's own, of a file whose braces or imports are
// not in order: it cannot be said then what stands in it.
func Read(file string, text []byte) (*Written, error) {
	blocks, err := caddyfile.Parse(file, text)
	if err != nil {
		return nil, err
	}
	w := &Written{faults: unset(file, text)}
	for i, b := range blocks {
		var lines []line
		for _, segment := range b.Segments {
			p := &tokens{all: segment}
			lines = append(lines, p.lines()...)
		}
		if i == 0 && len(b.Keys) == 0 {
			w.global = lines
			continue
		}
		w.sites = append(w.sites, site{b.Keys, lines})
	}
	w.readOurs()
	return w, nil
}

// tokens are put together to lines again.
type tokens struct {
	all []caddyfile.Token
	at  int
}

func (p *tokens) lines() (all []line) {
	for p.at < len(p.all) {
		if t := p.all[p.at]; t.Text == "}" && !t.Quoted() {
			p.at++
			return all
		}
		from := p.at
		var l line
		for p.at < len(p.all) && (p.at == from || sameLine(p.all[p.at-1], p.all[p.at])) {
			t := p.all[p.at]
			p.at++
			if t.Text == "{" && !t.Quoted() && (p.at == len(p.all) || !sameLine(t, p.all[p.at])) {
				l.lines = p.lines()
				break
			}
			if t.Text != "{}" || t.Quoted() {
				l.words = append(l.words, t)
			}
		}
		if l.tokens = p.all[from:p.at]; len(l.words) > 0 {
			all = append(all, l)
		}
	}
	return all
}

// sameLine says whether two tokens that follow each other stand in one line.
func sameLine(one, next caddyfile.Token) bool {
	return one.File == next.File && one.Line+one.NumLineBreaks() == next.Line && (one.NumLineBreaks() > 0 || whereIs(one) == whereIs(next))
}

var imported = regexp.MustCompile(`^(.*) import chain \['(.*)'\]$`)

// whereIs says where a token stands: file and line, and whence it was imported. Caddy tells that
// in errors alone.
func whereIs(t caddyfile.Token) string {
	d := caddyfile.NewDispenser([]caddyfile.Token{t})
	d.Next()
	text := strings.TrimPrefix(d.Err("").Error(), ", at ")
	if m := imported.FindStringSubmatch(text); m != nil {
		var from []string
		for _, one := range strings.Split(m[2], "','") {
			where, _, _ := strings.Cut(one, " (")
			from = append(from, where)
		}
		slices.Reverse(from)
		return m[1] + " (imported at " + strings.Join(from, ", from ") + ")"
	}
	return text
}

// ours are the directives of this package.
var ours = map[string]func() caddyfile.Unmarshaler{
	"broker":        func() caddyfile.Unmarshaler { return new(Handler) },
	"broker_health": func() caddyfile.Unmarshaler { return new(Health) },
	"broker_log":    func() caddyfile.Unmarshaler { return new(Served) },
	"broker_logout": func() caddyfile.Unmarshaler { return new(Logout) },
	"broker_revoke": func() caddyfile.Unmarshaler { return new(Revoke) },
	"collector":     func() caddyfile.Unmarshaler { return new(Collector) },
	"console":       func() caddyfile.Unmarshaler { return new(Console) },
}

// readOurs reads every directive of ours for its faults.
func (w *Written) readOurs() {
	had := false
	for _, l := range w.global {
		switch {
		case l.name() != "broker":
		case had:
			w.faults = append(w.faults, misplaced{l.place(), twoBlocks})
		default:
			had = true
			w.faults = append(w.faults, takenApart(new(App).UnmarshalCaddyfile(caddyfile.NewDispenser(l.tokens)))...)
		}
	}
	for _, s := range w.sites {
		w.each(s.lines, func(l line) {
			_, err := l.read()
			w.faults = append(w.faults, takenApart(err)...)
		})
	}
}

// each goes through the directives of ours, wherever they stand in some lines.
func (w *Written) each(lines []line, do func(line)) {
	for _, l := range lines {
		if ours[l.name()] != nil {
			do(l)
			continue
		}
		w.each(l.lines, do)
	}
}

// read reads a directive of ours, without the matcher before its values.
func (l line) read() (any, error) {
	into := ours[l.name()]()
	all := slices.Clone(l.tokens)
	if len(l.words) > 1 && !l.words[1].Quoted() {
		if m := l.words[1].Text; m == "*" || strings.HasPrefix(m, "/") || strings.HasPrefix(m, "@") {
			all = slices.Delete(all, 1, 2)
		}
	}
	return into, into.UnmarshalCaddyfile(caddyfile.NewDispenser(all))
}

// App gives what the broker block says, as far as it can be understood; nil when there is none.
func (w *Written) App() *App {
	for _, l := range w.global {
		if l.name() == "broker" {
			app := new(App)
			_ = app.UnmarshalCaddyfile(caddyfile.NewDispenser(l.tokens)) // its faults are in w
			return app
		}
	}
	return nil
}

// gathering, as an option of Caddy's adapter, says that the faults of directives of ours are
// told by somebody else, and are not to keep the rest from being read.
type gathering struct{}

const gatheringOption = "mcr gathers faults"

// adapt makes a configuration of the file whatever is wrong with directives of ours. The
// error is about one of Caddy's own.
func (w *Written) adapt(file string, text []byte) ([]byte, error) {
	adapter := caddyfile.Adapter{ServerType: httpcaddyfile.ServerType{}}
	config, _, err := adapter.Adapt(text, map[string]any{"filename": file, "broker": gathering{}, gatheringOption: gathering{}})
	if err != nil {
		return nil, err
	}
	return config, w.became(config)
}

// became notes the configuration that the file became, by which places in it are found.
func (w *Written) became(config []byte) error {
	d := json.NewDecoder(bytes.NewReader(config))
	d.UseNumber()
	return errors.Join(d.Decode(&w.config))
}
