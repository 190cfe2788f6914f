// Package proposal keeps the release that people are asked to approve, and takes what they say with
// their keys: two different people approve it, one signs it, and it is published.
//
// There is one proposal at a time, as there is one draft: a file that is replaced whole. Nothing is
// believed of who asks. What somebody says is a signature by the key that they hold, which never
// comes here (release.Release.ToApprove, ToSign); whoever is signed in where they say it is for the
// trail to tell.
package proposal
