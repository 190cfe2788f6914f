package collect

import (
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/mycarerecord/mcr/strictjson"
)

// Reason codes that the collector itself gives a source, when its broker gives
// none. They and their meanings are the broker's own (docs/refusals.md).
const (
	unavailable   = "source-unavailable"
	notUnderstood = "source-answer-not-understood"
	incomplete    = "source-incomplete"
	notLinked     = "link-not-found"
)

// reasons are the collector's own words: a closed table.
var reasons = map[string]Reason{
	unavailable: {
		Text:   "The system that holds the record is not answering.",
		Remedy: "Try again later, or telephone the organisation that holds the record.",
	},
	notUnderstood: {
		Text:   "The system that holds the record gave an answer that could not be understood, so nothing is shown.",
		Remedy: "Try again later, or telephone the organisation that holds the record.",
	},
	incomplete: {
		Text:   "The system that holds the record broke off in the middle of its answer.",
		Remedy: "Try again, or telephone the organisation that holds the record.",
	},
	notLinked: {
		Text:   "This link to a document has ended, or is not yours.",
		Remedy: "Look at the record again, and open the document from there.",
	},
	"too-many-requests": {
		Text:   "Too many requests in a short time.",
		Remedy: "Wait a minute and try again.",
	},
	"token-not-accepted": {
		Text:   "The access token was not accepted.",
		Remedy: "Sign in again. If it happens again, tell your IT service desk.",
	},
	"nhs-number-not-valid": {
		Text:   "What was given as an NHS number is not one.",
		Remedy: "Check the ten digits and give them without spaces.",
	},
	"identity-incomplete": {
		Text:   "The access token does not say which person, role and organisation asks.",
		Remedy: "Choose your role when signing in. If you have none to choose, tell your registration authority.",
	},
	"token-service-unavailable": {
		Text:   "Sign-ins cannot be checked just now.",
		Remedy: "Try again in a minute.",
	},
	"audit-unavailable": {
		Text:   "The request could not be recorded, so nothing is shown.",
		Remedy: "Try again in a minute, or telephone the organisation that holds the record.",
	},
	"internal-error": {
		Text:   "Something went wrong in the collector, so this is not shown.",
		Remedy: "Try again, or telephone the organisation that holds the record.",
	},
}

// told is a reason of the collector's own table.
func told(code string) Reason {
	reason, ok := reasons[code]
	if !ok {
		reason, ok = formReasons[code]
	}
	if !ok {
		code, reason = "internal-error", reasons["internal-error"]
	}
	reason.Code = code
	return reason
}

// notOK reads what a broker says when it does not answer with a searchset.
func (v *visit) notOK(a *answer, response *http.Response) {
	reason, ok := reasonOf(response)
	switch response.StatusCode {
	case http.StatusUnauthorized:
		a.kind = refused
		if !ok || reason.Code != "token-missing" {
			reason = told("token-not-accepted")
		}
	case http.StatusTooManyRequests:
		a.kind = refused
		if !ok {
			reason = told("too-many-requests")
		}
	case http.StatusGatewayTimeout:
		a.kind = late
		if !ok {
			reason = told(unavailable)
		}
	case http.StatusNotFound:
		if ok && reason.Code == "type-not-held" && a.typ != "Patient" { // every source has patients
			a.kind, reason = got, Reason{} // nothing of this type here
		} else {
			reason = told(notUnderstood) // no broker stands at this address
		}
	default:
		switch code := response.StatusCode; {
		case code == http.StatusForbidden && ok:
			a.kind = refused
		case ok && code/100 >= 4:
		case code/100 == 5:
			reason = told(unavailable) // something before the broker
		case code/100 == 4:
			reason = told(notUnderstood)
		default: // a redirect: the token goes to no other address
			a.kind, reason = mad, told(notUnderstood)
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
