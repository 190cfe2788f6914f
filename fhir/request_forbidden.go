package fhir

import "strings"

// forbidden are the parameters that servers know and the broker refuses with a
// reason of their own, so that an honest client learns why. All others that are
// not offered, misspelt ones and other cases ("Patient", "patinet") among them,
// get ParameterNotOffered: no source ever sees them (attacks 61, 62).
var forbidden = map[string]string{
	// Searches in a language that cannot be judged (attack 51).
	"_filter": QueryLanguageNotOffered, "_query": QueryLanguageNotOffered, "_list": QueryLanguageNotOffered,
	"_content": QueryLanguageNotOffered, "_text": QueryLanguageNotOffered, "_in": QueryLanguageNotOffered,

	// Counts of what is withheld (attack 52), and parts of resources where the whole
	// is not asked for (attacks 54 to 56). Searches and reads take some values of
	// these: see takeShape.
	"_summary": PartialNotOffered, "_elements": PartialNotOffered, "_total": PartialNotOffered,
	"_contained": PartialNotOffered, "_containedType": PartialNotOffered,

	// Whether a withheld resource changed, or carries a label, is an answer too
	// (attack 58).
	"_lastUpdated": MetadataNotOffered, // of a read; a search of one record takes it
	"_since":       MetadataNotOffered, "_at": MetadataNotOffered,
	"_tag": MetadataNotOffered, "_profile": MetadataNotOffered, "_security": MetadataNotOffered,
	"_source": MetadataNotOffered,

	// A search by value finds a value that is masked or withheld, one step at a
	// time (attack 68); by name or address it finds people.
	"name": ValueNotOffered, "family": ValueNotOffered, "given": ValueNotOffered, "phonetic": ValueNotOffered,
	"birthdate": ValueNotOffered, "death-date": ValueNotOffered, "deceased": ValueNotOffered,
	"gender": ValueNotOffered, "telecom": ValueNotOffered, "phone": ValueNotOffered, "email": ValueNotOffered,
	"address": ValueNotOffered, "address-city": ValueNotOffered, "address-country": ValueNotOffered,
	"address-postalcode": ValueNotOffered, "address-state": ValueNotOffered, "address-use": ValueNotOffered,
	"value-quantity": ValueNotOffered, "value-string": ValueNotOffered, "value-concept": ValueNotOffered,
	"value-date": ValueNotOffered, "component-value-quantity": ValueNotOffered,
	"component-value-concept": ValueNotOffered, "combo-value-quantity": ValueNotOffered,
	"combo-value-concept": ValueNotOffered, "code-value-quantity": ValueNotOffered,
	"code-value-concept": ValueNotOffered, "code-value-date": ValueNotOffered, "code-value-string": ValueNotOffered,

	// What comes along must be on the allow-list (attacks 48, 49).
	"_revinclude": IncludeNotOffered,

	"_method":      MethodOverride, // attack 26
	"access_token": TokenInQuery,   // attack 14, RFC 9700 §4.3.2

	// Pages of another server's making: an id there opens the page to whoever
	// holds it (attack 103). The answer is that of any page that is not known.
	"_getpages": NotFound, "_getpagesoffset": NotFound, "_bundletype": NotFound,
}

// whyNotOffered gives the reason code for a parameter that no table offers. The
// name is the decoded one, its modifier included.
func whyNotOffered(name string) string {
	base, modifier, modified := strings.Cut(name, ":")
	if base == "_has" { // reverse chain, attack 45
		return ChainNotOffered
	}
	if base == "_include" || base == "_revinclude" { // ":iterate", ":recurse", attack 49
		return IncludeNotOffered
	}
	if code, ok := forbidden[base]; ok {
		return code
	}
	// "performer.name", "performer:Practitioner.name", attack 44
	if strings.Contains(base, ".") || modified && strings.Contains(modifier, ".") {
		return ChainNotOffered
	}
	return ParameterNotOffered
}
