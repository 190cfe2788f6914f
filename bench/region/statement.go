package main

import (
	"context"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/internal/population"
	"github.com/mycarerecord/mcr/registry"
)

// professional is who asks and records in every measurement.
const professional = "555099999999"

func question(p population.Patient) access.Question {
	return access.Question{Time: time.Now(), Patient: p.Number, Action: access.View, Purpose: access.DirectCare,
		Subject: access.Subject{UserID: professional, Organisation: p.Hospital}}
}

// said is what a patient says: a permission to view, or its end.
type said struct {
	question   access.Question
	id         string
	permission string // the one that it ends; "" when it gives one
}

func statement(p population.Patient, id string) said {
	q := question(p)
	q.Action = access.RecordPermission
	q.Statement = &access.Statement{Patient: p.Number, UserID: professional, Organisation: p.Hospital, How: "in-person"}
	return said{question: q, id: id}
}

// withdrawal ends the permission that was given.
func (s said) withdrawal() said {
	end := *s.question.Statement
	end.Permission = s.id
	q := s.question
	q.Time, q.Action, q.Statement = time.Now(), access.Withdraw, &end
	return said{question: q, id: s.id + "-end", permission: s.id}
}

// record does as a broker does: prepares, and commits.
func (s said) record(ctx context.Context, r *registry.Registry) error {
	change, err := s.prepare(ctx, r)
	if err != nil {
		return err
	}
	return change.Commit()
}

func (s said) prepare(ctx context.Context, r *registry.Registry) (*registry.Change, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return r.Prepare(ctx, s.question, s.id)
}

// effective says whether it is what a broker would decide by.
func (s said) effective(ctx context.Context, r *registry.Registry) bool {
	q := s.question
	q.Action, q.Statement = access.View, nil
	for _, p := range r.Gather(ctx, q).Permissions.Value {
		switch p.ID {
		case s.id:
			return true
		case s.permission:
			return p.Withdrawn
		}
	}
	return false
}
