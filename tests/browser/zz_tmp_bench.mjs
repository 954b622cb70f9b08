import http from "node:http"; import { readFile } from "node:fs/promises"; import path from "node:path"; import { chromium } from "playwright-core";
const [query, rounds, ...dirs] = process.argv.slice(2);
const types={".html":"text/html",".js":"text/javascript",".wasm":"application/wasm",".css":"text/css",".json":"application/json"};
const servers = await Promise.all(dirs.map((dir)=>new Promise((ok)=>{const s=http.createServer(async(q,r)=>{try{const f=path.join(dir,decodeURIComponent(new URL(q.url,"http://x").pathname));const b=await readFile(f);r.writeHead(200,{"content-type":types[path.extname(f)]??"application/octet-stream"});r.end(b);}catch{r.writeHead(404);r.end();}});s.listen(0,"127.0.0.1",()=>ok(s));})));
const args=["--no-sandbox","--disable-background-networking","--enable-unsafe-webgpu","--enable-features=Vulkan","--use-webgpu-adapter=swiftshader","--use-vulkan=swiftshader","--ignore-gpu-blocklist"];
const times=dirs.map(()=>[]);
for(let k=0;k<+rounds;k++)for(let d=0;d<dirs.length;d++){const b=await chromium.launch({executablePath:"/usr/bin/chromium",args});const p=await b.newPage();await p.goto(`http://127.0.0.1:${servers[d].address().port}/bench.html?${query}`);await p.waitForFunction(()=>document.getElementById("status").textContent==="Done.",null,{timeout:300000});const t=await p.textContent("#result");for(const l of t.trim().split("\n")){const j=JSON.parse(l);if(j.error)console.log(dirs[d],j.error);else times[d].push(j.ms_per_step);}await b.close();}
const med=(a)=>[...a].sort((x,y)=>x-y)[Math.floor(a.length/2)];
dirs.forEach((d,i)=>console.log(d,med(times[i]),times[i].join(" ")));
servers.forEach((s)=>s.close());
