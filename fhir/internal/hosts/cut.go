package hosts

import "strings"

// removed stands in words where an address of the source's was, and nowhere in a link.
const (
	removed = "(address removed)"
	nowhere = "#"
)

// Rest is what an address of the source's says behind its base, or else its host.
func (h *Hosts) Rest(address []byte) string {
	after := -1
	for i := range h.all {
		for start, end := h.all[i].next(address, 0); start >= 0; start, end = h.all[i].next(address, end) {
			after = max(after, end)
		}
	}
	if after < 0 {
		return ""
	}
	rest := string(address[after:])
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[end:] // less the port
	} else {
		return ""
	}
	for i := range h.all {
		_, to := authority([]byte(h.all[i].base))
		if below, ok := strings.CutPrefix(rest, h.all[i].base[to:]); ok && below != "" && below[0] == '/' {
			rest = below
			break
		}
	}
	if rest[0] != '/' {
		return "/" + rest
	}
	return rest
}

// Without gives words less the addresses of the source's: each as far as no sign stands
// that is in no address.
func (h *Hosts) Without(words []byte) []byte {
	const around = " \t\r\n\"'<>()[]{}|,`"
	out := make([]byte, 0, len(words)+len(removed))
	for from := 0; from < len(words); {
		end := from + 1
		if strings.IndexByte(around, words[from]) < 0 {
			for end < len(words) && strings.IndexByte(around, words[end]) < 0 {
				end++
			}
		}
		switch found := h.Named(words[from:end]); {
		case !found:
			out = append(out, words[from:end]...)
		case from > 0 && (words[from-1] == '"' || words[from-1] == '\''):
			out = append(out, nowhere...)
		default:
			out = append(out, removed...)
		}
		from = end
	}
	return out
}
