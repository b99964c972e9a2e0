package config

import (
	"strings"
	"testing"
)

func TestFileSystems(t *testing.T) {
	const id = "fileSystemId: fs-0123456789abcdef0"
	with := func(efs string, others ...string) string {
		return worker(append([]string{"volumes: [{name: flows, efsVolumeConfiguration: {" + efs + "}}]", "mountPoints: [{sourceVolume: flows, containerPath: /flows}]"}, others...)...)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"takes a file system", with(id), ""},
		{"takes an access point", with(id + ", accessPointId: fsap-0123456789abcdef0, rootDirectory: /"), ""},
		{"takes a folder without TLS", with(id + ", rootDirectory: /flows, transitEncryption: DISABLED, iam: DISABLED"), ""},
		{"rejects a file system without an id", with("rootDirectory: /"), "dev.yaml:3: worker.volumes[0].efsVolumeConfiguration.fileSystemId: missing, want an id such as fs-0123456789abcdef0"},
		{"rejects an invalid access point's id", with(id + ", accessPointId: flows"), `dev.yaml:3: worker.volumes[0].efsVolumeConfiguration.accessPointId: got "flows", want an id such as fsap-0123456789abcdef0`},
		{"rejects an access point without TLS", with(id + ", accessPointId: fsap-0123456789abcdef0, transitEncryption: DISABLED, iam: DISABLED"),
			"dev.yaml:3: worker.volumes[0].efsVolumeConfiguration.transitEncryption: got DISABLED with accessPointId, want ENABLED: an access point is mounted only with TLS"},
		{"rejects IAM without TLS", with(id + ", transitEncryption: DISABLED"), "dev.yaml:3: worker.volumes[0].efsVolumeConfiguration.iam: got ENABLED with transitEncryption DISABLED, want both ENABLED: IAM authorization needs TLS"},
		{"rejects a folder beside an access point's", with(id + ", accessPointId: fsap-0123456789abcdef0, rootDirectory: /flows"),
			`dev.yaml:3: worker.volumes[0].efsVolumeConfiguration.rootDirectory: got "/flows" with accessPointId, want nothing or /: the access point determines the folder`},
		{"rejects IAM without a role", with(id, "permissions: none"), "dev.yaml:3: worker.volumes[0].efsVolumeConfiguration.iam: got ENABLED with permissions none, want a task role, with which the file system is mounted, or DISABLED"},
		{"rejects a group that keeps the task from it", "securityGroup:\n  egress: [{protocol: tcp, fromPort: 443, toPort: 443, cidrBlocks: [0.0.0.0/0]}]\n" + with(id),
			"dev.yaml:2: securityGroup.egress: no rule lets worker reach tcp 2049, at which it mounts EFS; add {protocol: tcp, fromPort: 2049, toPort: 2049, cidrBlocks: [10.0.0.0/16]}, or the mount targets' security group"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
	c, err := load(t, map[string]string{"dev.yaml": with(id) + "additionalWorkers:\n  - name: ml\n"})
	if err != "" {
		t.Fatal(err)
	}
	const want = "dev.yaml:3: worker.volumes: this stack creates the VPC, in which the file system has no mount target yet: tasks start when there is one in each zone, which Terraform beside this file can create; see docs/worker.md"
	if all := warningsOf(c); strings.Count(strings.Join(all, "\n"), "mount target") != 1 || !strings.Contains(strings.Join(all, "\n"), want) {
		t.Errorf("got:\n%s\nwant once:\n%s", strings.Join(all, "\n"), want)
	}
}
