package collect

// formReasons are the collector's words for requests that are not the
// operation's. The codes mean what they mean at a broker.
var formReasons = map[string]Reason{
	"token-missing": {Text: "The request carries no access token.", Remedy: "Sign in and try again."},
	"path-not-understood": {
		Text:   "There is nothing at this address.",
		Remedy: "The regional address offers POST Patient/$collect.",
	},
	"method-not-offered": {Text: "Collecting is offered by POST alone.", Remedy: "Send the question as a Parameters resource by POST."},
	"parameter-not-offered": {
		Text:   "The question has a parameter that is not offered.",
		Remedy: "Send identifier, category and period in the body, and nothing in the address.",
	},
	"parameter-not-understood": {
		Text:   "A parameter of the question has a value that is not understood.",
		Remedy: "Give each category as a code of the list in docs/collect.md, and a period with a start, an end or both.",
	},
	"parameter-repeated": {Text: "A parameter of the question is given twice.", Remedy: "Give each once."},
	"patient-not-named": {
		Text:   "The question does not name a patient.",
		Remedy: "Give the NHS number as the parameter identifier.",
	},
	"format-not-offered": {
		Text:   "The answer is not offered in the form that was asked for.",
		Remedy: "Ask for application/fhir+json, application/x-ndjson or text/event-stream.",
	},
	"content-type-not-accepted": {
		Text:   "The body of the request is of a kind that is not accepted.",
		Remedy: "Send a Parameters resource as application/fhir+json.",
	},
	"body-not-understood": {Text: "The body of the request could not be understood.", Remedy: "Send a Parameters resource as in docs/collect.md."},
	"body-too-large":      {Text: "The body of the request is too large.", Remedy: "Send the question alone."},
}
