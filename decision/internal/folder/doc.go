// Package folder reads a folder of policies: which file is a rule, a test, a list, a case or
// the schema, and the digests of what is served and of all there is (design §4).
package folder
