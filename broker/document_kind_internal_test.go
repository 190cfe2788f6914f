package broker

import (
	"errors"
	"testing"
)

func TestADocumentIsWhatItsBytesAreToo(t *testing.T) {
	for name, c := range map[string]struct {
		document, said, declared, want string
	}{
		"a PDF":                                   {"%PDF-1.4 x", "application/pdf", "application/pdf", "application/pdf"},
		"a PDF with something before it":          {"\xef\xbb\xbf\r\n%PDF-1.4", "application/pdf", "", "application/pdf"},
		"a PDF by another name":                   {"%PDF-1.4", "application/x-pdf", "", "application/pdf"},
		"bytes of which only the resource speaks": {"%PDF-1.4", "application/octet-stream", "application/pdf", "application/pdf"},
		"nobody speaks of them":                   {"%PDF-1.4", "application/octet-stream", "", "kind"},
		"and the source says nothing":             {"\xff\xd8\xff\xe0", "", "image/jpg", "image/jpeg"},
		"a picture":                               {"\x89PNG\r\n\x1a\n", "image/png", "application/pdf", "image/png"},
		"a scan":                                  {"II*\x00", "image/tiff", "", "image/tiff"},
		"formatted text":                          {"{\\rtf1", "text/rtf", "", "application/rtf"},
		"text":                                    {"Dear \u00e9", "text/plain", "", "text/plain;charset=utf-8"},
		"old text":                                {"Dear \xe9", "text/plain; charset=ISO-8859-1", "", "text/plain;charset=iso-8859-1"},
		"old text that does not say so":           {"Dear \xe9", "text/plain", "", "other"},
		"text of a charset that browsers misread": {"+ADw-script+AD4-", "text/plain; charset=utf-7", "", "kind"},
		"text that is none":                       {"a\x00b", "text/plain", "", "other"},
		"a page":                                  {"<html>", "text/html", "application/pdf", "kind"},
		"a page that is said to be a picture":     {"<html>", "image/png", "image/png", "other"},
		"a drawing that may hold a program":       {"<svg>", "image/svg+xml", "", "kind"},
		"a structured document":                   {"<x/>", "application/xml", "", "kind"},
		"a program":                               {"MZ", "application/x-msdownload", "", "kind"},
		"an older document, which may hold one":   {"\xd0\xcf\x11\xe0", "application/msword", "", "kind"},
		"nonsense":                                {"x", "text/plain; charset=", "", "kind"},
		"nothing at all":                          {"", "application/pdf", "", "other"},
	} {
		k, err := judgeKind([]byte(c.document), c.said, c.declared)
		got := k.header()["Content-Type"]
		switch {
		case errors.Is(err, errKind):
			got = "kind"
		case errors.Is(err, errOtherKind):
			got = "other"
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
