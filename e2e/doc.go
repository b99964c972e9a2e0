// Package e2e applies the stacks for real: real Terraform, the real AWS
// provider, and moto server as the local AWS. Its tests are behind a build tag,
// because they need all of these; `make test` installs them and runs
//
//	go test -tags e2e ./e2e
package e2e
