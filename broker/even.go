package broker

import (
	"context"

	"github.com/mycarerecord/mcr/fhir"
)

// What is refused, or hidden, takes the source as many questions as what is not there
// (attack 97): nobody is to learn from the time that an answer takes that an id is
// somebody's, that an item is there, or that somebody asked for the same a moment ago.

// questions counts those that a request put to the source.
type questions struct {
	patients int // who a patient is
	reports  int // which reports name a result
	// last is the id by which a search asked last who it is, in all that one request stands
	// for. That an item of this patient was read before counts for nothing (attack 347).
	last string
}

// evenly asks, before a search by a patient's id is refused, who that is: the source was
// asked it when the id is nobody's, and was not when it was remembered.
func (x *exchange) evenly(ctx context.Context, localID string) {
	if localID != "" && x.questions.last != localID {
		x.idle(ctx, fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: localID}, "")
		x.questions.last = localID
	}
}

// hideEvenly is hide, of an item that was asked for by its id.
func (x *exchange) hideEvenly(ctx context.Context, asked fhir.Request) answer {
	x.evenlyRead(ctx, asked)
	return x.hide()
}

// evenlyRead asks what a read asks of an item that is there, before it is refused.
func (x *exchange) evenlyRead(ctx context.Context, asked fhir.Request) {
	if x.questions.patients == 0 && asked.Type != "Patient" {
		x.idle(ctx, fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: asked.ID}, "")
	}
	if x.questions.reports == 0 && asked.Type == "Observation" {
		x.idle(ctx, reportsOf(asked.ID, asked.ID), asked.ID)
	}
}

// idle asks the source something of which nobody reads the answer.
func (x *exchange) idle(ctx context.Context, ask fhir.Request, localID string) {
	status := x.record.SourceStatus
	if got, err := x.fetch(ctx, ask.Target(localID)); err == nil {
		got.free()
	}
	x.record.SourceStatus = status
	x.record.Spent.Fetch += x.spent()
}
