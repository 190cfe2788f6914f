package people

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// pdf makes a letter of one page, a line each, in the least that a PDF can be
// (ISO 32000-1, annex H.3).
func pdf(lines ...string) []byte {
	escape := strings.NewReplacer(`\`, `\\`, `(`, `\(`, `)`, `\)`)
	var text strings.Builder
	text.WriteString("BT /F1 12 Tf 18 TL 72 760 Td")
	for _, line := range lines {
		fmt.Fprintf(&text, " (%s) Tj T*", escape.Replace(line))
	}
	text.WriteString(" ET")
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", text.Len(), text.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
	}
	var out bytes.Buffer
	out.WriteString("%PDF-1.4\n")
	places := make([]int, len(objects))
	for i, object := range objects {
		places[i] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	begin := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, place := range places {
		fmt.Fprintf(&out, "%010d 00000 n \n", place)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, begin)
	return out.Bytes()
}

// binary renders a document of the person's and gives the address of it, as the source
// writes it. It draws no lot: what else is in a record does not change with it.
func (r *record) binary(contentType string, document []byte) string {
	h := sha256.Sum256(fmt.Appendf(nil, "%d/%s/%d/Binary/%d", r.p.seed, r.source.ID, r.person.index, r.count))
	id := fmt.Sprintf("%x", h[:9])
	r.out = append(r.out, render("Binary", id, object{"versionId": "1"}, object{
		"contentType": contentType, "securityContext": object{"reference": "Patient/" + r.local},
		"data": base64.StdEncoding.EncodeToString(document),
	}))
	return "Binary/" + id
}
