// Package sourcebuild builds OpenTofu and a trimmed AWS provider from their Go
// modules. It is for closed networks, which often have a Go module proxy but
// reach neither releases.hashicorp.com nor a Terraform registry. On any other
// network the same tools are downloaded in seconds and nothing here is built.
//
// The builds take minutes and need care: the provider's source is cut down to
// the services that the stacks use (trim.go), and that of an old release gets a
// fixed AWS SDK (patch.go). docs/closed-network.md says what is built, how it is verified, how
// to set it up and how to raise the versions.
package sourcebuild
