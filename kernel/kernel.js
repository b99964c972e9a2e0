// Preloaded with `node --require` into the Node process that jsii-runtime-go
// starts. It changes where things come from, never what they are:
//
//   - one process: program.js, jsii's kernel, runs here instead of in a child
//   - lazy index: a provider's modules are loaded when they are used, and so
//     are two libraries that are most of cdktf's modules and rarely needed
//   - images: for each package, the modules, module paths and type definitions
//     that earlier runs used, with V8's compiled code, in one file
//   - the type index that jsii builds in a background thread, and abandons when
//     the program ends first, is built before it is needed
//   - a package that the cache cannot take is unpacked for this run alone, and
//     one that takes long to unpack stays locked for as long
//   - what only costs time is left out: an assertion's message that nobody sees,
//     certificates for connections that nobody makes, waiting for the end
//
// program.js is edited in memory at the marked places. It is pinned by its
// SHA-256: for any other jsii version only the lazy index remains in force.
// Plain ES2018, so that an old Node gets as far as the version check.
'use strict';
(function () {
  const fs = require('fs');
  const path = require('path');
  const Module = require('module');

  const PROGRAM = '4dec11118afa4feade4e015d8a4941eaec72c0b170f7bb9a53aedba620bb3dc2'; // jsii 1.140.0
  const OLDEST_NODE = 20; // kernel.go has the same number
  const MARKER = '.jsii-runtime-package-cache'; // jsii puts it into a complete cache entry

  const main = process.argv[1] || '';
  const runtime = path.dirname(path.dirname(main));
  const program = path.join(runtime, 'lib', 'program.js');
  const isRuntime = main === path.join(runtime, 'bin', 'jsii-runtime.js') && fs.existsSync(program);
  const isProgram = main === program && fs.existsSync(path.join(runtime, 'bin', 'jsii-runtime.js'));
  if (!isRuntime && !isProgram) return;
  // Exit status 0: jsii prints a line of its own about any other.
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) process.exit(0);

  // Ctrl-C in a terminal and the end of one reach this process too. The Go
  // program ends it then, once that has nothing left to ask.
  ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach((signal) => process.on(signal, () => {}));

  // Nobody who runs synth can act on a deprecation inside jsii or CDKTF.
  if (!process.traceDeprecation && !process.throwDeprecation) process.noDeprecation = true;
  process.env.JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION = process.versions.node.split('.')[0];

  const pointerFile = process.env.PREFECT_ECS_KERNEL_POINTERS;
  const userOptions = process.env.PREFECT_ECS_KERNEL_NODE_OPTIONS;
  const nodeOptions = userOptions || '--max-old-space-size=4069'; // jsii's default
  delete process.env.PREFECT_ECS_KERNEL_POINTERS;
  delete process.env.PREFECT_ECS_KERNEL_NODE_OPTIONS;
  if (process.env.PREFECT_ECS_KERNEL_EXTRA_CA_CERTS) process.env.NODE_EXTRA_CA_CERTS = process.env.PREFECT_ECS_KERNEL_EXTRA_CA_CERTS;
  delete process.env.PREFECT_ECS_KERNEL_EXTRA_CA_CERTS;

  const read = (file) => fs.readFileSync(file, 'utf8');
  const stockResolve = Module._resolveFilename;
  const stockRunMain = Module.runMain;

  // lazyEntry is the provider's own lazy index where it ships one.
  function lazyEntry(file) {
    const lazy = path.join(path.dirname(file), 'lazy-index.js');
    return /[\\/]@cdktf[\\/]provider-/.test(file) && path.basename(file) === 'index.js' && fs.existsSync(lazy) ? lazy : file;
  }

  function lazyIndexOnly() {
    Module._resolveFilename = function (request, parent, isMain, options) {
      const file = stockResolve.call(this, request, parent, isMain, options);
      return options && options.paths ? lazyEntry(file) : file;
    };
  }

  if (isProgram) return lazyIndexOnly();

  Module.runMain = function () {
    Module.runMain = stockRunMain;
    let start;
    try {
      start = prepare();
    } catch (e) {
      // Another jsii: its own two processes, and this file again in the second.
      require('util').debuglog('prefect-ecs')(e.message);
      return stockRunMain.apply(this, arguments);
    }
    start();
  };

  function prepare() {
    const crypto = require('crypto');
    const v8 = require('v8');
    const vm = require('vm');
    const zlib = require('zlib');

    const stock = fs.readFileSync(program);
    if (crypto.createHash('sha256').update(stock).digest('hex') !== PROGRAM) throw new Error('unknown program.js');

    // ---- images -----------------------------------------------------------

    const engine = [process.version, process.arch, v8.cachedDataVersionTag().toString(16)].join('-');
    const MAGIC = 'prefect-ecs-worker kernel image 1\n';
    const checksum = (b) => (zlib.crc32 ? zlib.crc32(b) : crypto.createHash('sha256').update(b).digest().readUInt32LE(0));

    // An Image is one package's file: a JSON head that names byte ranges, then the bytes.
    class Image {
      constructor(name, digest) {
        this.name = name;
        this.digest = digest;
        this.file = path.join(__dirname, `${name.replace(/\W+/g, '-').replace(/^-/, '')}-${digest.slice(0, 16)}-${engine}.image`);
        this.head = { digest, peers: {}, entry: '', metadata: null, count: 0, resolve: {}, lazy: {}, modules: {}, types: {} };
        this.scripts = new Map(); // every module run in this process
        this.sources = new Map(); // of modules that are not in the file yet
        this.types = new Map(); // definitions that are not in the file yet
        this.changed = false;
        try {
          this.open();
        } catch (e) {
          this.bytes = null; // missing, damaged or for another program: written anew at exit
        }
      }

      open() {
        const b = fs.readFileSync(this.file);
        const m = MAGIC.length;
        if (b.latin1Slice(0, m) !== MAGIC || b.readUInt32LE(m) !== checksum(b.subarray(m + 4))) throw new Error('damaged');
        const end = m + 8 + b.readUInt32LE(m + 4);
        const head = JSON.parse(b.utf8Slice(m + 8, end));
        if (head.digest !== this.digest) throw new Error('another package');
        this.bytes = b.subarray(end);
        this.head = head;
      }

      part(range) {
        return this.bytes.subarray(range[0], range[0] + range[1]);
      }

      // Entries point into other packages only as long as those are the same ones.
      resolved(key) {
        const to = this.head.resolve[key];
        if (!to) return undefined;
        if (to[0] !== '/') return to; // built into Node
        const peer = packageName(to.slice(1));
        if (peer === this.name) return root + to.slice(1);
        const image = images.get(peer);
        return image && this.head.peers[peer] === image.digest ? root + to.slice(1) : undefined;
      }

      // meet forgets where another version of peer had its files.
      meet(peer) {
        if (this.head.peers[peer.name] === peer.digest) return;
        for (const key of Object.keys(this.head.resolve)) {
          if (this.head.resolve[key].startsWith(`/${peer.name}/`)) delete this.head.resolve[key];
        }
        this.record('peers', peer.name, peer.digest);
      }

      record(kind, key, value) {
        this.head[kind][key] = value;
        this.changed = true;
      }

      source(key, filename) {
        const m = this.bytes && this.head.modules[key];
        if (!m) return strip(read(filename));
        const b = this.part(m.source);
        return m.ascii ? b.latin1Slice() : b.utf8Slice();
      }

      // compile returns a function of the given parameters with the module as its body.
      compile(key, filename, parameters, text) {
        const m = this.bytes && this.head.modules[key];
        const body = m || !text ? this.source(key, filename) : text();
        const script = new vm.Script(`(function (${parameters}) { ${body}\n});`, {
          filename,
          cachedData: m ? this.part(m.code) : undefined,
          importModuleDynamically: vm.constants && vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
        });
        this.scripts.set(key, script);
        if (!m) {
          this.sources.set(key, body);
          this.changed = true;
        } else if (script.cachedDataRejected) {
          this.changed = true;
        }
        return script.runInThisContext();
      }

      type(fqn) {
        const range = this.bytes && this.head.types[fqn];
        return range ? JSON.parse(this.part(range).utf8Slice()) : undefined;
      }

      // save keeps what the file had and adds what this run used.
      save() {
        if (!this.changed || this.scripts.size > 800) return;
        const parts = [];
        let at = 0;
        const put = (b) => (parts.push(b), (at += b.length), [at - b.length, b.length]);
        const head = Object.assign({}, this.head, { modules: {}, types: {} });
        for (const key of new Set(Object.keys(this.head.modules).concat(Array.from(this.scripts.keys())))) {
          const m = this.head.modules[key];
          const script = this.scripts.get(key);
          const text = this.sources.get(key);
          const ascii = text === undefined ? m.ascii : !/[^\x00-\x7f]/.test(text);
          head.modules[key] = {
            ascii,
            source: put(text === undefined ? this.part(m.source) : Buffer.from(text)),
            code: put(script ? script.createCachedData() : this.part(m.code)),
          };
        }
        for (const fqn of Object.keys(this.head.types)) head.types[fqn] = put(this.part(this.head.types[fqn]));
        this.types.forEach((type, fqn) => (head.types[fqn] = put(Buffer.from(JSON.stringify(type)))));
        const json = Buffer.from(JSON.stringify(head));
        const length = Buffer.alloc(4);
        length.writeUInt32LE(json.length, 0);
        const all = Buffer.concat([length, json].concat(parts));
        const sum = Buffer.alloc(4);
        sum.writeUInt32LE(checksum(all), 0);
        writeAtomically(this.file, Buffer.concat([Buffer.from(MAGIC), sum, all]));
      }
    }

    function writeAtomically(file, data) {
      const temporary = `${file}.${process.pid}`;
      try {
        fs.writeFileSync(temporary, data);
        fs.renameSync(temporary, file);
      } catch (e) {
        fs.rmSync(temporary, { force: true }); // read-only or full: the next run tries again
      }
    }

    // An inline source map is most of a provider's module, and nobody reads it here.
    function strip(text) {
      const at = text.lastIndexOf('\n//# sourceMappingURL=data:');
      if (at >= 0 && text.indexOf('\n', at + 1) < 0) text = text.slice(0, at);
      return text.replace(/^#!.*/, '');
    }

    // ---- program.js -----------------------------------------------------------

    // All of it comes before anything is changed in this process, so that a failure
    // leaves one in which jsii runs unmodified.
    function edited() {
      const edits = [
        ['readFD:3,writeFD:3', 'readFD:0,writeFD:1'],
        ['(0,ee.digestFile)(e,...p)', '($fast.digest(e)||(0,ee.digestFile)(e,...p))'],
        ['(Z?extractViaCache:extractToOutDir)(e,p,m,...f)', ' $fast.extract(Z,f[0],e,()=>extractViaCache(e,p,m,...f),()=>extractToOutDir(e,p,m))'],
        ['_.retrieve(p=>{untarInto({...m,cwd:p,file:e})})', '_.retrieve(p=>$fast.unpack(f[0],e,`${p}.lock`,()=>untarInto({...m,cwd:p,file:e})))'],
        ['{retries:12,stale:1e4}', '{retries:18,stale:1e4}'], // waits 2 minutes instead of 10 seconds
        ['(0,B.default)(null!=e,`Kernel error: expected type information', 'null!=e||(0,B.default)(!1,`Kernel error: expected type information'],
        ['const m=function tryLoadIndexed(e,m){', 'const m=$fast.load(e,()=>function tryLoadIndexed(e,m){'],
        ['}(e,_);if(null!=m)return m}', '}(e,_),()=>p.buildRuntimeIndex(e,_));if(null!=m)return m}'],
        ['sget(e){const{fqn:p,property:m}=e,', 'sget(e){const $=$fast.sget(e);if($)return $;const{fqn:p,property:m}=e,'],
      ];
      return edits.reduce((text, [from, to]) => {
        const [before, after, more] = text.split(from);
        if (after === undefined || more !== undefined) throw new Error(`not once in program.js: ${from}`);
        return before + to + after;
      }, stock.toString());
    }

    const kernel = new Image('program', PROGRAM);
    const fn = kernel.compile('program.js', program, 'exports, require, module, __filename, __dirname, $fast', edited);

    // ---- modules ----------------------------------------------------------

    const images = new Map(); // package name → Image
    let root = ''; // …/jsii-kernel-XXXXXX/node_modules/, where jsii links the packages

    function packageName(relative) {
      return relative.split(/[\\/]/, relative[0] === '@' ? 2 : 1).join('/');
    }
    function imageOf(filename) {
      return root && filename && filename.startsWith(root) ? images.get(packageName(filename.slice(root.length))) : undefined;
    }

    Module._resolveFilename = function (request, parent, isMain, options) {
      if (options && options.paths) {
        const image = images.get(request); // the kernel asks for a package's entry
        if (image && image.head.entry) return root + image.head.entry;
        const file = lazyEntry(stockResolve.call(this, request, parent, isMain, options));
        if (image && file.startsWith(root)) {
          image.head.entry = file.slice(root.length);
          image.changed = true;
        }
        return file;
      }
      const image = !options && parent && imageOf(parent.filename);
      if (!image) return stockResolve.call(this, request, parent, isMain, options);
      const key = `${path.dirname(parent.filename).slice(root.length)}\n${request}`;
      const known = image.resolved(key);
      if (known) return known;
      const file = stockResolve.call(this, request, parent, isMain, options);
      if (!path.isAbsolute(file)) {
        image.record('resolve', key, file);
      } else if (imageOf(file)) {
        const peer = imageOf(file);
        if (peer !== image) image.meet(peer);
        image.record('resolve', key, `/${file.slice(root.length)}`);
      }
      return file;
    };

    const stockJs = Module._extensions['.js'];
    Module._extensions['.js'] = function (module, filename) {
      const image = imageOf(filename);
      if (!image) return stockJs.call(this, module, filename);
      if (path.basename(filename) === 'lazy-index.js') return loadLazyIndex(image, module, filename);
      const key = filename.slice(root.length);
      let fn;
      try {
        fn = image.compile(key, filename, 'exports, require, module, __filename, __dirname');
      } catch (e) {
        if (!(e instanceof SyntaxError)) throw e;
        return stockJs.call(this, module, filename); // an ES module, or an error that Node should report
      }
      const require = (id) => (isDeferred(key, id) ? later(() => module.require(id)) : module.require(id));
      require.resolve = (request, options) => Module._resolveFilename(request, module, false, options);
      require.main = process.mainModule;
      require.extensions = Module._extensions;
      require.cache = Module._cache;
      fn.call(module.exports, module.exports, require, module, filename, path.dirname(filename));
    };

    // cdktf needs archiver (200 modules) for an asset that is a zip file, and
    // semver for asking a binary's version.
    const isDeferred = (key, id) => key.startsWith(`cdktf${path.sep}lib${path.sep}`) && (id === 'archiver' || id === 'semver');

    // later stands for what load returns and calls it at the first use.
    function later(load) {
      let real;
      const traps = {};
      ['apply', 'construct', 'get', 'getOwnPropertyDescriptor', 'has', 'ownKeys', 'set'].forEach((trap) => {
        traps[trap] = (_, ...rest) => Reflect[trap]((real = real || load()), ...rest);
      });
      return new Proxy(() => {}, traps);
    }

    // The lazy index is a megabyte of getters, of which a stack reads twenty:
    // answer from the recorded names, read the file for a new one.
    function loadLazyIndex(image, module, filename) {
      let real;
      let asked = '';
      const load = () => {
        const exports = {};
        const require = (id) => {
          if (asked) image.record('lazy', asked, id);
          return module.require(id);
        };
        const fn = vm.runInThisContext(`(function (exports, require) { ${strip(read(filename))}\n})`, { filename });
        fn.call(exports, exports, require);
        return exports;
      };
      module.exports = new Proxy(Object.create(null), {
        get(_, name) {
          const id = typeof name === 'string' && image.head.lazy[name];
          if (id) return module.require(id);
          real = real || load();
          try {
            asked = typeof name === 'string' ? name : '';
            return real[name];
          } finally {
            asked = '';
          }
        },
      });
    }

    // ---- what the edited program.js calls -----------------------------------

    const LARGE = 8e6; // bytes; what takes seconds to unpack or index
    const isCacheEntry = (file) => fs.statSync(file).size <= 4096 && /^jsii-cache-entry:(.*)$/s.exec(read(file));

    let announced = false;
    function announce(name, file) {
      if (announced || fs.statSync(file).size < LARGE) return;
      announced = true;
      say('stderr', `First run: unpacking and indexing ${name} in jsii's package cache, once (about 10 seconds)\n`);
    }

    const fast = {
      // extract falls back to a folder of this run where the cache takes no package.
      extract(cached, name, file, viaCache, toFolder) {
        if (cached) {
          try {
            return viaCache();
          } catch (e) {
            if (isCacheEntry(file)) throw e;
          }
        }
        try {
          return toFolder();
        } catch (e) {
          e.message = `unpacking ${name} into TMPDIR: ${e.message}`;
          throw e;
        }
      },

      // unpack keeps jsii's lock on a cache entry young: programs that wait for
      // it take one that is 10 seconds old to be abandoned, and a large provider
      // may need longer.
      unpack(name, file, lock, untar) {
        announce(name, file);
        if (fs.statSync(file).size < LARGE) return untar();
        const { Worker } = require('worker_threads');
        const code = `const fs = require('fs');
          const touch = () => { try { fs.utimesSync(${JSON.stringify(lock)}, new Date(), new Date()); } catch (e) {} };
          setInterval(touch, 1000);`;
        const worker = new Worker(code, { eval: true });
        try {
          return untar();
        } finally {
          worker.terminate();
        }
      },

      // Instead of a tarball kernel.go may send the path of the cache entry
      // that this very tarball was unpacked to, which saves writing and hashing it.
      digest(file) {
        const m = isCacheEntry(file);
        if (!m) return undefined;
        if (!fs.existsSync(path.join(m[1], MARKER))) throw new Error(`cache entry ${m[1]} is gone`);
        return Buffer.from(path.basename(m[1]), 'hex');
      },

      // load wraps the reading of a package's types: from the image, else from
      // jsii's index, which is built where it is missing.
      load(dir, readIndex, buildIndex) {
        root = dir.slice(0, dir.lastIndexOf('node_modules') + 'node_modules'.length) + path.sep;
        const name = dir.slice(root.length).split(path.sep).join('/');
        const entry = fs.realpathSync(dir);
        const image = new Image(name, path.basename(entry));
        images.set(name, image);
        const index = () => {
          let loaded = readIndex();
          if (!loaded) {
            announce(name, path.join(dir, '.jsii'));
            try {
              buildIndex();
              loaded = readIndex();
            } catch (e) {
              // A read-only cache: jsii parses the whole file.
            }
          }
          return loaded;
        };
        let loaded;
        const stock = () => (loaded = loaded || index()).types;
        const head = image.head;
        if (!image.bytes || !head.metadata) {
          loaded = index();
          if (!loaded) {
            images.delete(name);
            return undefined;
          }
          head.metadata = loaded.metadata;
          head.count = loaded.types.count;
          image.changed = true;
        }
        point(name, head.metadata.version, entry);
        const seen = new Map();
        return {
          metadata: head.metadata,
          types: {
            count: head.count,
            fqns: () => stock().fqns(),
            entries: () => stock().entries(),
            kindOf: (fqn) => stock().kindOf(fqn),
            get(fqn) {
              let type = seen.get(fqn) || image.type(fqn);
              if (!type) {
                type = stock().get(fqn);
                if (!type) return undefined;
                image.types.set(fqn, type);
                image.changed = true;
              }
              seen.set(fqn, type);
              return type;
            },
          },
        };
      },

      // kernel.go ends the process this way: it learns its number and can wait for it,
      // or, asking to leave, that there is nothing to wait for: no image to write,
      // nothing printed that may be on its way, no preloaded code of the user's.
      sget(request) {
        if (request.fqn !== 'prefect-ecs-worker.Kernel' || ['exit', 'leave'].indexOf(request.property) < 0) return undefined;
        const busy = said || userOptions || kernel.changed || Array.from(images.values()).some((image) => image.changed);
        const leaves = request.property === 'leave' && !busy;
        if (leaves) process.removeAllListeners('exit');
        setImmediate(() => process.exit(0));
        return { value: leaves ? -process.pid : process.pid };
      },
    };

    const pointers = [];
    function point(name, version, entry) {
      if (!pointerFile || !/^[0-9a-f]{64}$/.test(path.basename(entry))) return;
      pointers.push({ name, version, entry });
      const text = JSON.stringify(pointers);
      try {
        if (read(pointerFile).startsWith(text.slice(0, -1))) return;
      } catch (e) {
        // Not there yet.
      }
      writeAtomically(pointerFile, text);
    }

    // A cache that was filled by somebody else may be read-only; the time on
    // the marker only says when it may be removed.
    const utimesSync = fs.utimesSync;
    fs.utimesSync = function (file, atime, mtime) {
      try {
        return utimesSync(file, atime, mtime);
      } catch (e) {
        if (path.basename(String(file)) !== MARKER || ['EROFS', 'EACCES', 'EPERM'].indexOf(e.code) < 0) throw e;
      }
    };

    // Standard output is the wire to Go. What JavaScript prints travels on
    // standard error in jsii's own wrapping, which Go undoes.
    let said = false;
    function say(stream, chunk) {
      said = true;
      let b = Buffer.from(`${JSON.stringify({ [stream]: Buffer.from(chunk).toString('base64') })}\n`);
      while (b.length > 0) {
        try {
          b = b.subarray(fs.writeSync(2, b));
        } catch (e) {
          if (e.code !== 'EAGAIN') throw e;
        }
      }
    }
    const { Writable } = require('stream');
    ['stdout', 'stderr'].forEach((name) => {
      const stream = new Writable({
        decodeStrings: true,
        write(chunk, encoding, done) {
          say(name, chunk);
          done();
        },
      });
      Object.defineProperty(process, name, { configurable: true, enumerable: true, get: () => stream });
    });

    return function start() {
      process.on('exit', () => {
        try {
          kernel.save();
          images.forEach((image) => image.save());
        } catch (e) {
          // An image is an aid. What the run was asked for is already done.
        }
      });
      process.execArgv.push('--preserve-symlinks'); // it is set; jsii looks for it here
      process.env.NODE_OPTIONS = nodeOptions; // for processes that CDKTF starts
      const module = new Module(program);
      module.filename = program;
      fn.call(module.exports, module.exports, Module.createRequire(program), module, program, path.dirname(program), fast);
    };
  }
})();
