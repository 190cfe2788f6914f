// Package fhirserver is a small, honest FHIR R4 server: read and search over
// resources that it is given once and then keeps in memory.
//
// It stands for the record systems of the demo region, and shares no code with
// the broker in front of them, so that the two can disagree. It follows the
// specification where it can and says so where it cannot: an unknown parameter
// is ignored unless the client asks for handling=strict (FHIR R4 §3.1.1.5), and
// the self link names the parameters that were used. It authenticates nobody
// and belongs on a loopback address.
//
// A Server never changes after New and may be used by many goroutines at once.
package fhirserver
