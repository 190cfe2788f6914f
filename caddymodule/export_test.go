package caddymodule

// CheckTexts and CheckID are for the tests of every module's texts.
var (
	CheckTexts = checkTexts
	CheckID    = checkID
)

// SecretOf gives what a placeholder stands for.
var SecretOf = secret

// The tests look at a server that is not running yet by an app of their own.
func init() { apps = append(apps, "probe") }

// SecretKeyOf gives the private key that a placeholder stands for.
var SecretKeyOf = secretKey
