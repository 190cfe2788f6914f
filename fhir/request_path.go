package fhir

import (
	"net/http"
	"strings"

	"github.com/mycarerecord/mcr/fhir/internal/spelling"
)

// place is what an address names, whatever the method.
type place uint8

const (
	placeSystem      place = iota // base itself: batch, system search, foreign paging
	placeMetadata                 // base/metadata
	placeSmart                    // base/.well-known/smart-configuration
	placeType                     // base/Type
	placeInstance                 // base/Type/id
	placeVersion                  // base/Type/id/_history/version
	placeHistory                  // base/Type/id/_history
	placeEverything               // base/Patient/id/$everything
	placeCompartment              // base/Patient/id/Type
	placeForm                     // base/Type/_search
)

// address is a path that was understood, in the words of the path itself.
type address struct {
	place place
	typ   string // the resource type asked for
	id    string // of the instance, or of the patient of a compartment
	vid   string // of the version
}

// consentType is the type of what the broker itself keeps.
const consentType = "Consent"

// isCreate says that a method asks to record one of the Consents which the broker
// keeps. Those that are read and searched are the source's.
func (a address) isCreate(method string) bool {
	return a.place == placeType && a.typ == consentType && method == http.MethodPost
}

// parsePath judges an escaped path against a strict grammar. What it does not
// know it refuses: a path that the broker and a source could read differently
// is the oldest way round a proxy (attacks 17 to 24).
func parsePath(escaped, base string, limit int) (address, *Refusal) {
	if len(escaped) > limit {
		return address{}, refuse(PathNotUnderstood)
	}
	path, ok := canonicalPath(escaped)
	if !ok {
		return address{}, refuse(PathNotUnderstood)
	}
	rest, ok := strings.CutPrefix(path, strings.TrimSuffix(base, "/"))
	if !ok {
		return address{}, refuse(PathNotUnderstood)
	}
	if rest = oneSlashLess(rest); rest == "" {
		return address{place: placeSystem}, nil
	}
	if rest == "/.well-known/smart-configuration" {
		return address{place: placeSmart}, nil
	}
	var seg [4]string
	n := 0
	for rest != "" {
		if rest[0] != '/' || n == len(seg) {
			return address{}, refuse(PathNotUnderstood)
		}
		rest = rest[1:]
		end := strings.IndexByte(rest, '/')
		if end < 0 {
			end = len(rest)
		}
		if !isSegment(rest[:end]) {
			return address{}, refuse(PathNotUnderstood)
		}
		seg[n], rest = rest[:end], rest[end:]
		n++
	}
	return locate(seg, n)
}

// oneSlashLess drops a slash at the end, which many clients write. What is judged and
// asked for is the address without it.
func oneSlashLess(path string) string {
	if before, ok := strings.CutSuffix(path, "/"); ok && !strings.HasSuffix(before, "/") {
		return before
	}
	return path
}

// locate reads one to four segments, each of them of a known kind.
func locate(seg [4]string, n int) (address, *Refusal) {
	last := seg[n-1]
	switch {
	case n == 1 && last == "metadata":
		return address{place: placeMetadata}, nil
	case n == 1 && isType(last):
		return address{place: placeType, typ: last}, nil
	case n == 1 && (isOperation(last) || last == "_history" || last == "_search"):
		return address{}, refuse(InteractionNotOffered)
	case n == 1 || !isType(seg[0]):
		return address{}, refuse(PathNotUnderstood)

	case n == 2 && IsID(last):
		return address{place: placeInstance, typ: seg[0], id: last}, nil
	case n == 2 && last == "_search":
		return address{place: placeForm, typ: seg[0]}, nil
	case n == 2 && (isOperation(last) || last == "_history"):
		return address{typ: seg[0]}, refuse(InteractionNotOffered)
	case n == 2 || !IsID(seg[1]):
		return address{}, refuse(PathNotUnderstood)

	case n == 3 && isType(last):
		if seg[0] != "Patient" {
			return address{typ: last}, refuse(CompartmentNotOffered)
		}
		return address{place: placeCompartment, typ: last, id: seg[1]}, nil
	case n == 3 && last == "_history":
		return address{place: placeHistory, typ: seg[0], id: seg[1]}, nil
	case n == 3 && seg[0] == "Patient" && last == "$everything":
		return address{place: placeEverything, typ: seg[0], id: seg[1]}, nil
	case n == 3 && (isOperation(last) || last == "_search"):
		return address{typ: seg[0]}, refuse(InteractionNotOffered)

	case n == 4 && seg[2] == "_history" && IsID(last):
		return address{place: placeVersion, typ: seg[0], id: seg[1], vid: last}, nil
	case n == 4 && isType(seg[2]) && (last == "_search" || isOperation(last)):
		return address{typ: seg[0]}, refuse(InteractionNotOffered)
	}
	return address{}, refuse(PathNotUnderstood)
}

// canonicalPath decodes, once, the percent-encoded unreserved characters of a
// path (RFC 3986 §6.2.2.2) and refuses every other encoding and every character
// that no FHIR address needs: %2F, %5C, %3F, %23, %00, %25, ";" and non-ASCII.
func canonicalPath(escaped string) (string, bool) {
	encoded := false
	for i := range len(escaped) {
		c := escaped[i]
		if c == '%' {
			encoded = true
		} else if !isUnreserved(c) && c != '/' && c != '$' {
			return "", false
		}
	}
	if !encoded {
		return escaped, true
	}
	out := make([]byte, 0, len(escaped))
	for i := 0; i < len(escaped); i++ {
		c := escaped[i]
		if c == '%' {
			var ok bool
			if c, ok = hexByte(escaped, i); !ok || !isUnreserved(c) {
				return "", false
			}
			i += 2
		}
		out = append(out, c)
	}
	return string(out), true
}

// hexByte reads the byte of the escape "%XX" at i.
func hexByte(s string, i int) (byte, bool) {
	if i+2 >= len(s) {
		return 0, false
	}
	hi, ok := spelling.Unhex(s[i+1])
	lo, ok2 := spelling.Unhex(s[i+2])
	return hi<<4 | lo, ok && ok2
}

func isUnreserved(c byte) bool { return byteClasses[c]&unreservedByte != 0 }

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

// isSegment refuses empty and dotted segments ("//", "/./", "/../") and a dot at
// the end, which some file systems and servers drop.
func isSegment(s string) bool {
	return s != "" && s[0] != '.' && s[len(s)-1] != '.'
}

// isType says that a text has the form of a resource type; the allow-list says
// whether it is one.
func isType(s string) bool {
	if s == "" || len(s) > 64 || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	for i := range len(s) {
		if !isLetter(s[i]) {
			return false
		}
	}
	return true
}

// IsID reports whether a text is a FHIR id (R4 §2.24.0.1): [A-Za-z0-9\-\.]{1,64}. Ids
// that begin or end with a dot or hold ".." are refused although R4 has them: a
// source may take them for steps in a path.
func IsID(s string) bool {
	if len(s) > 64 || !isSegment(s) || strings.Contains(s, "..") {
		return false
	}
	return consistsOf(s, idByte)
}

func isOperation(s string) bool {
	if len(s) < 2 || s[0] != '$' {
		return false
	}
	return consistsOf(s[1:], idByte)
}
