// Package toolchain prepares everything a run against the local AWS emulator
// needs beside Go: Terraform (or OpenTofu), the AWS provider, the emulator's
// Python environment and the CDK for Terraform command line; for make compat
// also CDK Terrain's.
//
// Terraform and the provider are downloaded where the machine lacks them. Where
// their servers cannot be reached, package sourcebuild builds them.
//
// What is downloaded or built lies in one cache folder ($XDG_CACHE_HOME or
// ~/.cache, then prefect-ecs-worker) that all checkouts share. An entry is made
// in a temporary folder under a file lock and renamed when it is whole, so an
// interrupted run leaves nothing that a later run could mistake for finished.
package toolchain
