package settings

// IAM is what all roles have in common.
type IAM struct {
	RolePath               string `yaml:"rolePath" rule:"rolePath,optional"`                // Such as /prefect/; empty: /.
	PermissionsBoundaryARN string `yaml:"permissionsBoundaryArn" rule:"policyARN,optional"` // Managed policy that caps every role; empty: none.

	// RestrictTrust lets ECS assume the roles for this account's tasks only
	// (aws:SourceAccount, aws:SourceArn).
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
	RestrictTrust bool `yaml:"restrictTrust"`
}
