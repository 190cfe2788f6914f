package broker

import (
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

// canonical is a request as the record shows it: what was asked for, and nothing
// that names the patient.
func canonical(asked fhir.Request) string {
	switch asked.Interaction {
	case fhir.Read, fhir.VRead, fhir.History, fhir.Everything:
		asked.ID, asked.Version = shownID(asked.ID), shownID(asked.Version)
		return withQuery(asked.Place(), asked)
	case fhir.Search:
		return withQuery(asked.Type, asked)
	}
	return asked.Type
}

func withQuery(address string, asked fhir.Request) string {
	if query := asked.Query(); query != "" {
		return address + "?" + query
	}
	return address
}

// reference names a released resource and its version.
func reference(item fhir.ReleasedItem) string {
	if item.Version == "" {
		return item.Type + "/" + shownID(item.ID)
	}
	return item.Type + "/" + shownID(item.ID) + "/_history/" + item.Version
}

// shownID keeps an NHS number out of the record where a source uses it as an id.
func shownID(id string) string {
	if _, err := nhs.ParseNumber(id); err == nil {
		return nhs.Hidden
	}
	return id
}
