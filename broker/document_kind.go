package broker

import (
	"bytes"
	"mime"
	"slices"
	"strings"
	"unicode/utf8"
)

// kind is a kind of document that is handed on: one that a person can open and that
// holds no program. HTML, SVG, XML and the older Office formats, which can hold one,
// are not among them.
type kind struct {
	name      string // its content type
	parameter string // what is said beside it, or ""
	extension string
	looksLike func(head []byte) bool
}

var kinds = []kind{
	{name: "application/pdf", extension: "pdf", looksLike: func(head []byte) bool { return bytes.Contains(head, []byte("%PDF-")) }},
	{name: "image/jpeg", extension: "jpg", looksLike: begins("\xff\xd8\xff")},
	{name: "image/png", extension: "png", looksLike: begins("\x89PNG\r\n\x1a\n")},
	{name: "image/tiff", extension: "tif", looksLike: begins("II*\x00", "MM\x00*")},
	{name: "image/gif", extension: "gif", looksLike: begins("GIF87a", "GIF89a")},
	{name: "application/rtf", extension: "rtf", looksLike: begins("{\\rtf")},
	{name: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", extension: "docx", looksLike: begins("PK\x03\x04")},
	{name: "text/plain", extension: "txt"},
}

// otherNames are further names of the same kinds.
var otherNames = map[string]string{
	"application/x-pdf": "application/pdf", "image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/tif": "image/tiff", "text/rtf": "application/rtf",
}

// charsets are those that a text may be in. A browser guesses at no other.
var charsets = []string{"utf-8", "us-ascii", "iso-8859-1", "windows-1252"}

// headBytes is how much of a document tells its kind: a PDF may have something before
// its first line (ISO 32000-1, annex H).
const headBytes = 1024

func begins(with ...string) func([]byte) bool {
	return func(head []byte) bool {
		return slices.ContainsFunc(with, func(w string) bool { return bytes.HasPrefix(head, []byte(w)) })
	}
}

// kindOf finds a kind by a content type.
func kindOf(contentType string) (kind, bool) {
	name, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return kind{}, false
	}
	if other := otherNames[name]; other != "" {
		name = other
	}
	at := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
	if at < 0 {
		return kind{}, false
	}
	k := kinds[at]
	if k.looksLike == nil {
		charset := strings.ToLower(parameters["charset"])
		if charset == "" || charset == "utf8" {
			charset = "utf-8"
		}
		if !slices.Contains(charsets, charset) {
			return kind{}, false
		}
		k.parameter = "charset=" + charset
	}
	return k, true
}

// judgeKind says what a document is: what the source says that it is, or, where it
// says nothing, what the resource said that points to it. Its bytes must bear it out.
func judgeKind(document []byte, said, declared string) (kind, error) {
	if name, _, _ := mime.ParseMediaType(said); name == "" || name == "application/octet-stream" {
		said = declared
	}
	k, ok := kindOf(said)
	if !ok {
		return kind{}, errKind
	}
	if k.looksLike != nil {
		if !k.looksLike(document[:min(len(document), headBytes)]) {
			return kind{}, errOtherKind
		}
		return k, nil
	}
	if bytes.IndexByte(document, 0) >= 0 || k.parameter == "charset=utf-8" && !utf8.Valid(document) {
		return kind{}, errOtherKind
	}
	return k, nil
}

// header is what a browser is told of a document: to keep it as a file, to guess at
// nothing, and to run nothing in it.
func (k kind) header() map[string]string {
	contentType := k.name
	if k.parameter != "" {
		contentType += ";" + k.parameter
	}
	return map[string]string{
		"Content-Type":            contentType,
		"Content-Disposition":     `attachment; filename="document.` + k.extension + `"`,
		"Content-Security-Policy": "sandbox; default-src 'none'",
	}
}
