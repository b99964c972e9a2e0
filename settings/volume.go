package settings

import (
	"slices"
	"strings"
)

// Volume is shared by the containers that mount it: either empty when the task
// starts and deleted with it, or an existing file system.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
type Volume struct {
	Name string `yaml:"name" rule:"ecsName"` // The name that mountPoints refer to.

	EFSVolumeConfiguration *EFSVolumeConfiguration `yaml:"efsVolumeConfiguration"` // null: an empty volume.
}

// EFSVolumeConfiguration is a file system of EFS, which the task mounts at port 2049: it
// must have a mount target in each zone of the worker's subnets, whose security group
// allows the worker's.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EFSVolumeConfiguration.html
type EFSVolumeConfiguration struct {
	FileSystemID      string `yaml:"fileSystemId" rule:"fileSystemID"`                                  // The file system.
	AccessPointID     string `yaml:"accessPointId" rule:"accessPointID,optional"`                       // The task sees its directory and writes as its user; empty: none.
	RootDirectory     string `yaml:"rootDirectory" rule:"rootDirectory,optional"`                       // Of the file system; empty: /, or the access point's.
	TransitEncryption string `yaml:"transitEncryption" default:"ENABLED" rule:"oneof ENABLED DISABLED"` // TLS. AWS's own default is DISABLED.

	// IAM mounts with the worker's task role, which gets permission to mount this
	// file system (only through the access point, if there is one), and to write to
	// it unless all mountPoints are readOnly. AWS's own default is DISABLED.
	IAM string `yaml:"iam" default:"ENABLED" rule:"oneof ENABLED DISABLED"`
}

// NFSPort is where EFS is mounted.
const NFSPort = 2049

const disabled = "DISABLED"

// Check wants what EFS needs for an access point, and for IAM.
func (v *EFSVolumeConfiguration) Check(c Checker) {
	encrypted := v.TransitEncryption != disabled
	if v.AccessPointID != "" && !encrypted {
		c.Fail(&v.TransitEncryption, "got DISABLED with accessPointId, want ENABLED: an access point is mounted only with TLS")
	}
	if v.UsesIAM() && !encrypted {
		c.Fail(&v.IAM, "got ENABLED with transitEncryption DISABLED, want both ENABLED: IAM authorization needs TLS")
	}
	if v.AccessPointID != "" && v.RootDirectory != "" && v.RootDirectory != "/" {
		c.Fail(&v.RootDirectory, "got %q with accessPointId, want nothing or /: the access point determines the folder", v.RootDirectory)
	}
}

// UsesIAM says whether the task role must allow the mount.
func (v *EFSVolumeConfiguration) UsesIAM() bool { return v.IAM != disabled }

// FileSystem is a file system that a worker's task mounts with its role.
type FileSystem struct {
	*EFSVolumeConfiguration
	Write bool // some container writes to it
}

// FileSystems are those that the task role must allow.
func (w *Worker) FileSystems() []FileSystem {
	var all []FileSystem
	for _, v := range w.Volumes {
		if v.EFSVolumeConfiguration != nil && v.EFSVolumeConfiguration.UsesIAM() {
			all = append(all, FileSystem{v.EFSVolumeConfiguration, slices.ContainsFunc(w.allMountPoints(), func(m MountPoint) bool { return m.SourceVolume == v.Name && !m.ReadOnly })})
		}
	}
	return all
}

// MountsEFS says whether the task needs a way to a mount target.
func (w *Worker) MountsEFS() bool {
	return slices.ContainsFunc(w.Volumes, func(v Volume) bool { return v.EFSVolumeConfiguration != nil })
}

func (w *Worker) allMountPoints() []MountPoint {
	all := slices.Clone(w.MountPoints)
	for _, s := range w.Sidecars {
		all = append(all, s.MountPoints...)
	}
	return all
}

// OpensVolumes are the worker's mounts of empty volumes that it writes to as a
// user other than root, for whom alone Fargate makes them.
func (w *Worker) OpensVolumes() []MountPoint {
	if w.User == "" {
		return nil
	}
	var all []MountPoint
	if w.ReadonlyRootFilesystem {
		all = append(all, MountPoint{SourceVolume: WritableVolume, ContainerPath: WritableDir})
	}
	for _, m := range w.MountPoints {
		empty := slices.ContainsFunc(w.Volumes, func(v Volume) bool { return v.Name == m.SourceVolume && v.EFSVolumeConfiguration == nil })
		if empty && !m.ReadOnly {
			all = append(all, m)
		}
	}
	return all
}

func (w *Worker) checkVolumes(c Checker) {
	mounted := map[string]bool{}
	mounts := func(list []MountPoint, readOnlyRoot bool) {
		paths := map[string]bool{}
		if readOnlyRoot {
			paths[WritableDir] = true
		}
		for i := range list {
			m := &list[i]
			mounted[m.SourceVolume] = true
			at := strings.TrimRight(m.ContainerPath, "/")
			switch {
			case !c.Wrong(&m.SourceVolume) && !slices.ContainsFunc(w.Volumes, func(v Volume) bool { return v.Name == m.SourceVolume }):
				var names []string
				for _, v := range w.Volumes {
					names = append(names, v.Name)
				}
				c.Fail(&m.SourceVolume, "got %q, want one of worker.volumes: %v", m.SourceVolume, names)
			case paths[at]:
				c.Fail(&m.ContainerPath, "got %q, where the container has a volume already, want another folder", m.ContainerPath)
			}
			paths[at] = true
		}
	}
	mounts(w.MountPoints, w.ReadonlyRootFilesystem)
	for i := range w.Sidecars {
		mounts(w.Sidecars[i].MountPoints, false)
	}
	for i := range w.Volumes {
		v := &w.Volumes[i]
		switch {
		case slices.ContainsFunc(w.Volumes[:i], func(other Volume) bool { return other.Name == v.Name }):
			c.Fail(&v.Name, "got %q twice", v.Name)
		case v.Name == WritableVolume:
			c.Fail(&v.Name, "got %q, which readonlyRootFilesystem creates, want another name", v.Name)
		case !mounted[v.Name] && !c.Wrong(&v.Name):
			c.Fail(&v.Name, "got %q, which no container mounts, want it in mountPoints of the worker or of a sidecar", v.Name)
		}
		if f := v.EFSVolumeConfiguration; f != nil && f.UsesIAM() && w.Permissions == PermissionsNone && !c.Wrong(&f.IAM) {
			c.Fail(&f.IAM, "got ENABLED with permissions none, want a task role, with which the file system is mounted, or DISABLED")
		}
	}
}
