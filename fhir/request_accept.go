package fhir

import (
	"mime"
	"strconv"
	"strings"
)

// acceptsJSON says that a client takes FHIR JSON (RFC 9110 §12.5.1). No Accept
// header takes everything. What cannot be read in a header asks for nothing.
// The source is always asked for FHIR JSON, whatever the client says (attack 59).
func acceptsJSON(accept []string) bool {
	if len(accept) == 0 {
		return true
	}
	if len(accept) == 1 {
		switch accept[0] { // what nearly all clients send
		case "*/*", "application/json", "application/fhir+json", "":
			return true
		}
	}
	for _, header := range accept {
		if len(header) > 2048 {
			return false
		}
		for one := range strings.SplitSeq(header, ",") {
			if acceptable(one) {
				return true
			}
		}
	}
	return false
}

func acceptable(mediaRange string) bool {
	name, params, err := mime.ParseMediaType(mediaRange)
	if err != nil {
		return false
	}
	switch name {
	case "*/*", "application/*", "application/json", "application/fhir+json":
	default:
		return false
	}
	if q, ok := params["q"]; ok {
		weight, err := strconv.ParseFloat(q, 64)
		if err != nil || !(weight > 0 && weight <= 1) {
			return false
		}
	}
	if v, ok := params["fhirversion"]; ok && v != "4.0" {
		return false
	}
	charset, ok := params["charset"]
	return !ok || strings.EqualFold(charset, "utf-8")
}

// isMediaType says that a Content-Type is one of the names, in UTF-8.
func isMediaType(header string, names ...string) bool {
	for _, name := range names {
		if header == name {
			return true
		}
	}
	got, params, err := mime.ParseMediaType(header)
	if err != nil {
		return false
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return false
	}
	for _, name := range names {
		if got == name {
			return true
		}
	}
	return false
}
