package config

// IAM is what all roles have in common.
type IAM struct{}

var identityAddresses []string

func (e *Environment) checkIAM(c checker) {}
