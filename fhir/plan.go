package fhir

// Plan is how far a release goes. Nothing that it does not name is released: the
// zero Plan releases nothing.
type Plan struct {
	// Categories are the record categories that may be released.
	Categories []string
	// Labels are the security labels ("system|code") that a released resource
	// may carry. A resource with any other label is withheld.
	Labels []string
	// Masks are the elements that are taken out of what is released, as
	// "Type.element" or "*.element".
	Masks []string
	// Classes tells which category a resource belongs to. It comes from the
	// policy revision that made the plan.
	Classes *Classifier
}
