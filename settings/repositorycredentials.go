package settings

// RepositoryCredentials are ECS's credentials for a private registry other than
// ECR. The task execution role gets permission to read them. A work pool has no
// variable for the credentials of its flow runs.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html
type RepositoryCredentials struct {
	// CredentialsParameter is the ARN of a secret {"username": …, "password": …}
	// that exists; for Docker Hub the password may be an access token. If it has
	// a customer-managed key, add that to taskExecutionRole.kmsKeyArns.
	CredentialsParameter string `yaml:"credentialsParameter" rule:"wholeSecretARN" hide:"yes"`
}
