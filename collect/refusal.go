package collect

import (
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/mycarerecord/mcr/strictjson"
)

// Reason codes that the collector itself gives a source, when its broker gives
// none. They, their meanings and their words are the broker's own (docs/refusals.md).
const (
	unavailable   = "source-unavailable"
	notUnderstood = "source-answer-not-understood"
	incomplete    = "source-incomplete"
	notLinked     = "link-not-found"
)

// told is a reason in words: the operation's own for what its request says, and those of
// data/reasons.json for all that brokers say too.
func (c *Collector) told(code string) Reason {
	if reason, ok := formReasons[code]; ok {
		reason.Code = code
		return reason
	}
	reason := c.cfg.Reasons.Reason(code)
	return Reason{Code: code, Text: reason.Text, Remedy: reason.Remedy}
}

// notOK reads what a broker says when it does not answer with a searchset.
func (v *visit) notOK(a *answer, response *http.Response) {
	reason, ok := reasonOf(response)
	switch response.StatusCode {
	case http.StatusUnauthorized:
		a.kind = refused
		if !ok || reason.Code != "token-missing" {
			reason = v.c.told("token-not-accepted")
		}
	case http.StatusTooManyRequests:
		a.kind = refused
		if !ok {
			reason = v.c.told("too-many-requests")
		}
	case http.StatusGatewayTimeout:
		a.kind = late
		if !ok {
			reason = v.c.told(unavailable)
		}
	case http.StatusNotFound:
		if ok && reason.Code == "type-not-held" && a.typ != "Patient" { // every source has patients
			a.kind, reason = got, Reason{} // nothing of this type here
		} else {
			reason = v.c.told(notUnderstood) // no broker stands at this address
		}
	default:
		switch code := response.StatusCode; {
		case code == http.StatusForbidden && ok:
			a.kind = refused
		case ok && code/100 >= 4:
		case code/100 == 5:
			reason = v.c.told(unavailable) // something before the broker
		case code/100 == 4:
			reason = v.c.told(notUnderstood)
		default: // a redirect: the token goes to no other address
			a.kind, reason = mad, v.c.told(notUnderstood)
		}
	}
	a.reason = reason
}

const mostOutcome = 32 << 10

// reasonOf reads the OperationOutcome of a refusal or failure (docs/refusals.md).
func reasonOf(response *http.Response) (Reason, bool) {
	if !isFHIR(response.Header) {
		return Reason{}, false
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, mostOutcome+1))
	if err != nil || len(body) > mostOutcome {
		return Reason{}, false
	}
	if strictjson.Check(body, strictjson.Answers) != nil {
		return Reason{}, false
	}
	return readReason(body)
}

// readReason gives the first issue of an OperationOutcome.
func readReason(resource []byte) (Reason, bool) {
	outcome := pick(resource, "resourceType", "issue")
	if kind := text(outcome[0]); kind != "OperationOutcome" {
		return Reason{}, false
	}
	issues, ok := elements(outcome[1])
	if !ok || len(issues) == 0 {
		return Reason{}, false
	}
	issue := pick(issues[0], "details", "diagnostics")
	details := pick(issue[0], "coding", "text")
	codings, _ := elements(details[0])
	if len(codings) == 0 {
		return Reason{}, false
	}
	coding := pick(codings[0], "code", "system")
	code := text(coding[0])
	system := text(coding[1])
	if !isReasonCode(code) || system != reasonSystem {
		return Reason{}, false
	}
	reason := Reason{Code: code}
	reason.Text = sentence(details[1])
	reason.Remedy, reason.RecordID = splitRecord(sentence(issue[1]))
	return reason, reason.Text != ""
}

// isReasonCode says that a text is in kebab case and short: it stands in metrics.
func isReasonCode(s string) bool {
	for i := range len(s) {
		if (s[i] < 'a' || s[i] > 'z') && (s[i] < '0' || s[i] > '9') && s[i] != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

const mostSentence = 1000

// sentence gives a text in one line and of a length that fits a page.
func sentence(value []byte) string {
	s := text(value)
	if len(s) > mostSentence {
		s = strings.ToValidUTF8(s[:mostSentence], "") + "…"
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || 0x7f <= r && r <= 0x9f || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s))
}

// splitRecord takes "Ask the patient. Record 019ab5c4-….", the form of
// fhir.Outcome, apart.
func splitRecord(diagnostics string) (remedy, id string) {
	at := strings.LastIndex(diagnostics, "Record ")
	if at < 0 || at > 0 && diagnostics[at-1] != ' ' {
		return diagnostics, ""
	}
	id, ok := strings.CutSuffix(diagnostics[at+len("Record "):], ".")
	if !ok || !isRecordID(id) {
		return diagnostics, ""
	}
	return strings.TrimSpace(diagnostics[:at]), id
}

// isRecordID says that a text has the form of a UUID.
func isRecordID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if s[i] != '-' {
				return false
			}
		case !isHex(s[i : i+1]):
			return false
		}
	}
	return true
}
