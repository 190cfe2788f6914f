package broker

import (
	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir"
)

// links tells the filter how addresses of the answer are written.
func (x *exchange) links(q access.Question, owner fhir.Owner) fhir.Links {
	base := x.broker.publicBase(x.request)
	local := ""
	if len(owner.LocalIDs) == 1 {
		local = owner.LocalIDs[0]
	}
	return fhir.Links{
		Base: base, Source: x.broker.Source.BaseURL, Further: x.broker.Source.LinkBases,
		Document: func(a fhir.Attachment) string {
			target, ok := x.broker.links.Document(a.Address)
			if !ok {
				return ""
			}
			token := x.broker.Pages.seal(q, toDocument, document{
				Until: x.started.Add(documentLasts).Unix(), Type: a.Host.Type, ID: a.Host.ID,
				Number: q.Patient.Digits(), LocalID: local, Target: target,
			})
			if token == "" {
				return ""
			}
			return base + "/" + fhir.DocumentLink(token)
		},
	}
}
