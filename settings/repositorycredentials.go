package settings

// RepositoryCredentials are what ECS logs in with at a private registry that is
// not ECR, as it starts a task. The task execution role may then read them. A work
// pool has no variable for those of its flow runs.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html
type RepositoryCredentials struct {
	// CredentialsParameter is the ARN of a secret {"username": …, "password": …}
	// that exists; for Docker Hub the password may be an access token. A
	// customer-managed key of it belongs into taskExecutionRole.kmsKeyArns.
	CredentialsParameter string `yaml:"credentialsParameter" rule:"wholeSecretARN" hide:"yes"`
}
