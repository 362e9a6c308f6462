import '../styles/head.css';
import '../styles/group.css';
import '../styles/cluster.css';
import { render } from 'preact';
import { ClusterPage } from './ClusterPage.tsx';
import { demoOf } from './demo.ts';
import { watchCluster } from './watch-cluster.ts';

render(<ClusterPage state={watchCluster()} demo={demoOf()} />, document.body);
