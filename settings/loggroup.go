package settings

// LogGroup is the workers' CloudWatch log group.
type LogGroup struct {
	_ struct{} `makes:"aws_cloudwatch_log_group.prefect"`

	Name            string `yaml:"name" rule:"logGroupName" braces:"names"`         // Name of the group.
	RetentionInDays int    `yaml:"retentionInDays" default:"30" rule:"retention"`   // How long logs are kept; 0 keeps them forever.
	NameTag         string `yaml:"nameTag" rule:"tagValue,optional" braces:"names"` // Name tag.
	Existing        bool   `yaml:"existing"`                                        // Use the existing group of this name, without changing its retention and tags.
	KMSKeyARN       string `yaml:"kmsKeyArn" rule:"kmsKeyARN,optional,region"`      // Customer managed key; empty: CloudWatch's own.
}

// Makes says whether the stack creates the group.
func (l *LogGroup) Makes() bool { return !l.Existing }

// Check refuses settings of a group that exists.
func (l *LogGroup) Check(c Checker) {
	if l.Existing && l.KMSKeyARN != "" {
		c.Fail(&l.KMSKeyARN, "set with existing true, want it where the group is created")
	}
}
