// Package lists reads the code lists of a folder of policies (data/*.json, data/codes/*.json)
// as Go needs them and as rules read them, strictly: settings, reasons and their texts, record
// categories, sensitive codes, labels, job roles, the directory.
package lists
