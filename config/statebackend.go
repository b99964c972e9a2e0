package config

// resolveStateBackend takes over the backend of the stacks whose states this
// one holds.
func (c *Config) resolveStateBackend(s *StateBackend) {
	first := ""
	c.serve(s.checker, &s.Stacks, func(i int, e *Environment) {
		b := *e.Terraform.Backend.S3
		b.DynamoDBTable = b.LockTable()
		if first == "" {
			first, s.For = e.Stack, b
		}
		if s.For.DynamoDBTable == "" {
			s.For.DynamoDBTable = b.DynamoDBTable
		}
		differs := func(what, got, want string) {
			if got != want {
				s.FailIndex(&s.Stacks, i, "got %q with %s %s, want %s as %q has: one state backend is one bucket and one table", e.Stack, what, got, want, first)
			}
		}
		differs("bucket", b.Bucket, s.For.Bucket)
		if b.DynamoDBTable != "" {
			differs("dynamodbTable", b.DynamoDBTable, s.For.DynamoDBTable)
		}
		if k := s.KMSKey; k != nil && k.ARN != "" && b.KMSKeyARN != "" && b.KMSKeyARN != k.ARN {
			s.Fail(&k.ARN, "got %s, want %s, the terraform.backend.s3.kmsKeyArn of %q", k.ARN, b.KMSKeyARN, e.Stack)
		}
	})
	if l := s.Bucket.AccessLogs; l != nil && l.TargetBucket == s.For.Bucket {
		s.Fail(&l.TargetBucket, "got %q, the state bucket itself, want another: every log written would be logged", l.TargetBucket)
	}
}
