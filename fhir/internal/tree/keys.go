package tree

import (
	"encoding/binary"
	"math/bits"
)

// KeyID is a member name that the filter acts on; KeyOther is every other name.
type KeyID uint8

const (
	KeyOther KeyID = iota
	KeyActor
	KeyBeneficiary
	KeyCategory
	KeyClass
	KeyCode
	KeyCoding
	KeyConfidentiality
	KeyContained
	KeyContext
	KeyDisplay
	KeyEntry
	KeyExtension
	KeyFocus
	KeyFor
	KeyElementID
	KeyHasMember
	KeyIdentifier
	KeyImagingStudy
	KeyIndividual
	KeyLink
	KeyMeta
	KeyMode
	KeyModifierExtension
	KeyParticipant
	KeyPatient
	KeyPracticeSetting
	KeyReference
	KeyRelation
	KeyResource
	KeyResult
	KeyResourceType
	KeyScope
	KeySearch
	KeySecurity
	KeySecurityLabel
	KeyServiceCategory
	KeyServiceType
	KeySource
	KeySourcePatientInfo
	KeySpecialty
	KeySpecimen
	KeyStatus
	KeySubject
	KeySystem
	KeyTarget
	KeyText
	KeyType
	KeyURL
	KeyUse
	KeyValue
	KeyVaccineCode
	KeyValueAddress
	KeyValueContactPoint
	KeyValueHumanName
	KeyMedicationCodeableConcept
	KeyVersionID
	KeyFullURL
	KeyTotal
	keys // how many there are
)

var keyNames = [keys]string{
	KeyActor: "actor", KeyBeneficiary: "beneficiary", KeyCategory: "category", KeyClass: "class", KeyCode: "code",
	KeyCoding: "coding", KeyConfidentiality: "confidentiality", KeyContained: "contained", KeyContext: "context",
	KeyDisplay: "display", KeyEntry: "entry", KeyExtension: "extension", KeyFocus: "focus", KeyFor: "for", KeyElementID: "id",
	KeyHasMember: "hasMember", KeyIdentifier: "identifier", KeyImagingStudy: "imagingStudy", KeyIndividual: "individual", KeyLink: "link", KeyMeta: "meta", KeyMode: "mode",
	KeyModifierExtension: "modifierExtension", KeyParticipant: "participant", KeyPatient: "patient",
	KeyPracticeSetting: "practiceSetting", KeyReference: "reference", KeyRelation: "relation", KeyResource: "resource", KeyResult: "result",
	KeyResourceType: "resourceType", KeyScope: "scope", KeySearch: "search", KeySecurity: "security", KeySecurityLabel: "securityLabel",
	KeyServiceCategory: "serviceCategory", KeyServiceType: "serviceType", KeySource: "source", KeySourcePatientInfo: "sourcePatientInfo", KeySpecialty: "specialty", KeySpecimen: "specimen",
	KeyStatus: "status", KeySubject: "subject", KeySystem: "system", KeyTarget: "target", KeyText: "text", KeyType: "type", KeyURL: "url", KeyUse: "use",
	KeyValue: "value", KeyVaccineCode: "vaccineCode", KeyValueAddress: "valueAddress",
	KeyValueContactPoint: "valueContactPoint", KeyValueHumanName: "valueHumanName",
	KeyMedicationCodeableConcept: "medicationCodeableConcept", KeyVersionID: "versionId", KeyFullURL: "fullUrl",
	KeyTotal: "total",
}

// A frame remembers the names that it has seen as a set of 128 bits.
var _ [128 - keys]struct{}

// NameOfKey gives the name that a KeyID stands for, "" for KeyOther.
func NameOfKey(k KeyID) string { return keyNames[k] }

// keyTable finds a keyID by the folded hash of its name, by open addressing.
var keyTable = func() (table [512]KeyID) {
	for k := KeyOther + 1; k < keys; k++ {
		_, hash := nameEnd([]byte(keyNames[k]+`"`), 0)
		at := hash >> 55
		for table[at] != KeyOther {
			at = (at + 1) % uint64(len(table))
		}
		table[at] = k
	}
	return table
}()

// lookupKey tells which name this is. A name that differs from one that matters
// in case alone is strange: a lenient reader (Go's own) would take it for that one.
func lookupKey(name []byte, hash uint64) (k KeyID, strange bool) {
	for at := hash >> 55; ; at = (at + 1) % uint64(len(keyTable)) {
		k = keyTable[at]
		if k == KeyOther {
			return KeyOther, false
		}
		if known := keyNames[k]; len(known) == len(name) {
			if known == string(name) {
				return k, false
			}
			if EqualFold(name, known) {
				return KeyOther, true
			}
		}
	}
}

// nameEnd finds the quote that ends a member's name which begins at i, and
// hashes the name, capital letters as small ones, so that names that differ in
// case alone share their hash. It gives -1 for what is no name of FHIR's:
// letters, digits and underscores ("fhir_comments" of old servers), at most 255.
// Eight bytes are looked at together.
func nameEnd(b []byte, i int) (end int, hash uint64) {
	from := i
	for {
		var w uint64
		if i+8 <= len(b) {
			w = binary.LittleEndian.Uint64(b[i:])
		} else {
			for k := len(b) - 1; k >= i; k-- {
				w = w<<8 | uint64(b[k])
			}
		}
		quote := w ^ '"'*lowBits
		hit := (quote - lowBits) &^ quote & highBits
		mask := ^uint64(0)
		if hit != 0 {
			mask = uint64(1)<<(uint(bits.TrailingZeros64(hit))&^7) - 1
		}
		v := w &^ highBits
		folded := v | 0x20*lowBits
		letter := (folded + (0x80-'a')*lowBits) &^ (folded + (0x7f-'z')*lowBits)
		digit := (v + (0x80-'0')*lowBits) &^ (v + (0x7f-'9')*lowBits)
		notLine := (v ^ '_'*lowBits) + 0x7f*lowBits
		if (letter|digit|^notLine)&^w&highBits&mask != highBits&mask {
			return -1, 0
		}
		hash = (hash ^ folded&mask) * 0x9E3779B97F4A7C15
		hash ^= hash >> 32
		if hit != 0 {
			end = i + bits.TrailingZeros64(hit)>>3
			if end == from || end-from > 255 {
				return -1, 0
			}
			return end, hash * 0x9E3779B97F4A7C15
		}
		i += 8
	}
}

// EqualFold compares ASCII names without regard to case. b must be letters,
// digits and underscores, of which the fold confuses none but letters.
func EqualFold(a []byte, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(b) {
		if a[i]|0x20 != b[i]|0x20 {
			return false
		}
	}
	return true
}

// sameFold is EqualFold of two names that have been read.
func sameFold(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range b {
		if a[i]|0x20 != b[i]|0x20 {
			return false
		}
	}
	return true
}
