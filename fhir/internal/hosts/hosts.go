package hosts

import (
	"bytes"
	"strings"
)

// home is a base address under which the source writes addresses of its own.
type home struct {
	base    string     // "http://source.internal:8080/fhir", without a final slash
	host    string     // the name of its host, without a port, in small letters
	single  bool       // of one label ("hapi"): a word like any other, unless it is in an address
	spelled int        // of the first of a base: how many spellings of its host follow, itself included
	skip    [256]uint8 // by a sign: how far before the host's last the same sign stands
	again   uint8      // the same for the last itself, of which skip is 0
}

// Hosts are those of one source, its base first.
type Hosts struct {
	all []home
	any screen
}

// Reset forgets all bases.
func (h *Hosts) Reset() { h.all = h.all[:0] }

// None reports whether no base was taken up.
func (h *Hosts) None() bool { return h == nil || len(h.all) == 0 }

// Take takes up a base. One that was there for the last answer is not read again.
func (h *Hosts) Take(base string) {
	base = strings.TrimRight(base, "/")
	if base == "" {
		return
	}
	at := len(h.all)
	if at < cap(h.all) {
		if before := &h.all[:at+1][at]; before.base == base && before.spelled > 0 && at+before.spelled <= cap(h.all) {
			h.all = h.all[:at+before.spelled]
			return
		}
	}
	h.any.knows = min(h.any.knows, at)
	from, to := authority([]byte(base))
	host := base[from:to]
	host = host[strings.LastIndexByte(host, '@')+1:]
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') {
		host = host[:colon]
	}
	spellings := spellingsOf(strings.ToLower(host))
	for i, host := range spellings {
		one := home{base: base}
		if i == 0 {
			one.spelled = len(spellings)
		}
		one.learn(host)
		h.all = append(h.all, one)
	}
}

// learn makes ready to find a host.
func (h *home) learn(host string) {
	h.host, h.single = host, !strings.ContainsAny(host, ".:")
	const most = 255
	n := min(len(host), most)
	for i := range h.skip {
		h.skip[i] = uint8(n)
	}
	for i := range n {
		c := host[len(host)-n+i]
		h.again = h.skip[c]
		h.skip[c], h.skip[upper(c)] = uint8(n-1-i), uint8(n-1-i)
	}
}

// authority finds the host and port of an absolute address: nothing where there are none.
func authority(address []byte) (from, to int) {
	if from = bytes.Index(address, []byte("://")); from < 0 {
		return 0, 0
	}
	from += len("://")
	if to = bytes.IndexAny(address[from:], "/?#"); to < 0 {
		return from, len(address)
	}
	return from, from + to
}

// Below says where in an absolute address the part below one of the bases begins, or 0.
// Scheme and host are compared without regard to case, a default port is none.
func (h *Hosts) Below(address []byte) int {
	if h.None() {
		return 0
	}
	from, to := authority(address)
	if from == to {
		return 0
	}
	for i := range h.all {
		base := []byte(h.all[i].base)
		f, t := authority(base)
		path := base[t:]
		if f != t && bytes.EqualFold(address[:from], base[:f]) &&
			bytes.EqualFold(withoutPort(address[:from], address[from:to]), withoutPort(base[:f], base[f:t])) &&
			bytes.HasPrefix(address[to:], path) && len(address) > to+len(path)+1 && address[to+len(path)] == '/' {
			return to + len(path) + 1
		}
	}
	return 0
}

func withoutPort(scheme, authority []byte) []byte {
	port := []byte(":80")
	if len(scheme) == len("https://") {
		port = []byte(":443")
	}
	return bytes.TrimSuffix(authority, port)
}

// Within reports whether a host may be named in a text as it is written in an answer. It
// is quick, and may say so where none is. ascii: all of the text is known to be.
func (h *Hosts) Within(text []byte, ascii bool) bool {
	return !h.None() && (h.any.within(h.all, text) || escapes(text) || entities(text) || !ascii && strange(text))
}

// find finds the host's name from a place on, in any case (Horspool: most of the text is
// not looked at), or gives -1.
func (h *home) find(text []byte, from int) int {
	n := len(h.host)
	if n == 0 {
		return -1
	}
	for end := from + n; end <= len(text); {
		skip := h.skip[text[end-1]]
		if skip == 0 {
			if foldsTo(text[end-n:end], h.host) {
				return end - n
			}
			skip = h.again
		}
		end += int(skip)
	}
	return -1
}

// next finds an address of the host, or its name, from a place on.
func (h *home) next(text []byte, from int) (start, end int) {
	for {
		start = h.find(text, from)
		if start < 0 {
			return -1, -1
		}
		if end = start + len(h.host); h.isNamed(text, start, end) {
			return start, end
		}
		from = start + 1
	}
}

// isNamed says that a host's name stands for itself, and is not a part of another.
func (h *home) isNamed(text []byte, start, end int) bool {
	if end < len(text) && isHostByte(text[end]) && text[end] != '.' {
		return false
	}
	before := text[:start]
	encoded := len(before) > 2 && before[len(before)-3] == '%'
	if len(before) > 0 && !encoded && isHostByte(before[len(before)-1]) && before[len(before)-1] != '.' {
		return false
	}
	if !h.single {
		return true
	}
	if len(before) > 0 && strings.IndexByte(`/\@`, before[len(before)-1]) >= 0 || encoded {
		return true
	}
	return end+1 < len(text) && text[end] == ':' && '0' <= text[end+1] && text[end+1] <= '9'
}

func isHostByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '-' || c == '.' || c == '_'
}

// Named reports whether a string's text names one of the hosts, as written or in a disguise.
func (h *Hosts) Named(text []byte) bool {
	for i := range h.all {
		if start, _ := h.all[i].next(text, 0); start >= 0 {
			return true
		}
	}
	if !disguises(text) {
		return false
	}
	undone := undisguised(text)
	for i := range h.all {
		if start, _ := h.all[i].next(undone, 0); start >= 0 {
			return true
		}
	}
	return false
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c &^ 0x20
	}
	return c
}

func foldsTo(text []byte, host string) bool {
	for i := range len(host) {
		if text[i] != host[i] && lower(text[i]) != host[i] {
			return false
		}
	}
	return true
}
