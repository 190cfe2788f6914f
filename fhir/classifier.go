package fhir

// Classifier tells the record category of a resource from its type, categories,
// codes and specialty. It is made from the policies' code lists.
type Classifier struct{}
